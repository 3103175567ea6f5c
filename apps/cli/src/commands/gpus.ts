import type { Command } from 'commander';
import { gpuView } from '../admin/gpu-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer gpus`: which there are, and who holds them; for operators. */
export function gpusCommand(cli: Cli): Command {
  return newCommand('gpus', 'See the GPUs of all consumers, and the tasks that hold them (for operators)', {
    examples: [
      ['infer gpus', 'whose they are, who holds them, what troubles them'],
      ['infer gpus -o wide', 'with their UUIDs'],
    ],
    exits: SERVER_EXITS,
  }).action(
    inSession(cli, async ({ client, printer, notes, signal }) => {
      const count = await printer.list(await (await client()).gpus({ signal }), gpuView(Date.now()));
      if (count === 0) notes.line('No consumer that is known has one. See: infer doctor');
    }),
  );
}

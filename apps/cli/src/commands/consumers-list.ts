import type { Command } from 'commander';
import { consumerView } from '../admin/consumer-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer consumers list`. */
export function consumersListCommand(cli: Cli): Command {
  return newCommand('list', 'List the consumers, the newest sign of life first', {
    examples: [['infer consumers list', 'pools, GPUs, what they run']],
    exits: SERVER_EXITS,
  }).action(
    inSession(cli, async ({ client, printer, notes, signal }) => {
      const count = await printer.list(await (await client()).consumers({ signal }), consumerView(Date.now()));
      if (count === 0) notes.line('None has said hello yet: tasks wait. See: infer doctor');
    }),
  );
}

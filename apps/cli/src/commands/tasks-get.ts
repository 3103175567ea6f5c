import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { taskView } from '../task/task-view.ts';

/** `infer tasks get`. */
export function tasksGetCommand(cli: Cli): Command {
  return newCommand('get', 'Show a task: where it is, why, and what became of it', {
    examples: [
      ['infer tasks get ID', 'for people'],
      ['infer tasks get ID -o json', 'all that the server tells'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<task>', 'the id of the task')
    .action(
      inSession(cli, async ({ client, printer, paint, signal }, id: string) => {
        printer.one(await (await client()).tasks.get(id, { signal }), taskView(paint));
      }),
    );
}

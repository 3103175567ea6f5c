import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';
import { forEachId } from '../task/for-each-id.ts';
import { taskView } from '../task/task-view.ts';

/** `infer tasks retry`. */
export function tasksRetryCommand(cli: Cli): Command {
  return newCommand('retry', 'Run ended tasks once more: new tasks with the same inputs', {
    examples: [
      ['infer tasks retry ID', 'prints the id of the new task'],
      ['infer tasks list --state failed -o name | xargs infer tasks retry', 'all that failed'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<tasks...>', 'the ids of the tasks')
    .action(
      inSession(cli, async (session, ids: string[]) => {
        const { client, printer, paint, signal } = session;
        const { tasks } = await client();
        return await forEachId(session, ids, async (id) => {
          const task = await tasks.retry(id, { signal });
          if (printer.format === 'table') printer.line(plainText(task.id));
          else printer.one(task, taskView(paint));
        });
      }),
    );
}

import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { forEachId } from '../task/for-each-id.ts';
import { taskView } from '../task/task-view.ts';

const SENTENCES = {
  cancelled: 'cancelled',
  cancelling: 'is being stopped',
  already_ended: 'had ended before; nothing changed',
} as const;

/** `infer tasks cancel`. */
export function tasksCancelCommand(cli: Cli): Command {
  return newCommand('cancel', 'Stop tasks; again and again does no harm', {
    examples: [
      ['infer tasks cancel ID', 'one'],
      ['infer tasks list --state queued -o name | xargs infer tasks cancel', 'all that wait'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<tasks...>', 'the ids of the tasks')
    .action(
      inSession(cli, async (session, ids: string[]) => {
        const { client, notes, printer, paint, signal } = session;
        const { tasks } = await client();
        return await forEachId(session, ids, async (id) => {
          const { result, task } = await tasks.cancel(id, { signal });
          notes.line(`${task.id}: ${SENTENCES[result]}`);
          if (printer.format !== 'table') printer.one(task, taskView(paint));
        });
      }),
    );
}

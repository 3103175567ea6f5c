import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainJson } from '../output/plain-text.ts';
import { inSession } from '../session.ts';
import { awaitTask } from '../task/await-task.ts';
import { taskView } from '../task/task-view.ts';
import { tellEnd } from '../task/tell-end.ts';

/** `infer tasks watch`. */
export function tasksWatchCommand(cli: Cli): Command {
  return newCommand('watch', 'Wait for the end of a task, and tell its stages and progress', {
    examples: [
      ['infer tasks watch ID', 'ends as the task does: 0, 3 (failed) or 7 (cancelled)'],
      ['infer tasks watch ID --timeout 10m', 'ends with 6 when the time is over'],
      ['infer tasks watch ID -o jsonl', 'each event as it comes, for programs'],
    ],
    exits: ['taskFailed', 'notFound', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  })
    .argument('<task>', 'the id of the task')
    .action(
      inSession(cli, async (session, id: string) => {
        const { printer, paint } = session;
        const isStream = printer.format === 'jsonl';
        const task = await awaitTask(session, id, (event) => void (isStream && printer.line(plainJson(event))));
        const code = tellEnd(session, task);
        if (!isStream && printer.format !== 'table') printer.one(task, taskView(paint));
        return code;
      }),
    );
}

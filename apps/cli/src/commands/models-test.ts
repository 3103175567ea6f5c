import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { awaitTask } from '../task/await-task.ts';
import { readInput } from '../task/read-input.ts';
import { sendTask } from '../task/send-task.ts';
import { taskView } from '../task/task-view.ts';
import { tellEnd } from '../task/tell-end.ts';

/** `infer models test`. */
export function modelsTestCommand(cli: Cli): Command {
  return newCommand('test', 'Try a model on a sample: does it end well and write something?', {
    examples: [['infer models test my-model ./sample', 'leaves the output on the server']],
    exits: ['taskFailed', 'notFound', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  })
    .argument('<model>', 'the id of the model')
    .argument('<path>', 'a folder, a file, a zip, or - for a zip on stdin')
    .action(
      inSession(cli, async (session, model: string, path: string) => {
        const sent = await sendTask(session, model, await readInput(session, path), { labels: { test: 'infer' } });
        const task = await awaitTask(session, sent.id);
        const code = tellEnd(session, task);
        session.printer.one(task, taskView(session.paint));
        return code;
      }),
    );
}

import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { runLegacy } from '../legacy/run-legacy.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainJson, plainText } from '../output/plain-text.ts';
import { inSession, type Session } from '../session.ts';
import { awaitTask } from '../task/await-task.ts';
import { fetchOutput } from '../task/fetch-output.ts';
import { readInput } from '../task/read-input.ts';
import { type ResourceOptions, resourcesOf, withResourceOptions } from '../task/resource-options.ts';
import { runTarget } from '../task/run-target.ts';
import { sendTask } from '../task/send-task.ts';
import { taskView } from '../task/task-view.ts';
import { tellEnd } from '../task/tell-end.ts';
import { parseLabel } from '../values/parse-label.ts';
import { parseSeconds } from '../values/parse-seconds.ts';

const PRIORITIES = ['high', 'normal', 'low'] as const;

type RunOptions = ResourceOptions & {
  readonly outputFile?: string;
  readonly detach?: boolean;
  readonly label?: Record<string, string>;
  readonly timeLimit?: number;
  readonly deadline?: number;
  readonly priority?: (typeof PRIORITIES)[number];
};

/** `infer run`: an input up, a model on it, its output down. */
export function runCommand(cli: Cli): Command {
  const command = newCommand('run', 'Run a model on a folder, a file or a zip, and get its output', {
    examples: [
      ['infer run word-count ./texts', 'zips the folder on the way; the output goes to texts.out.zip'],
      ['infer run word-count in.zip -O result/', 'unpacks the output into a folder'],
      ['infer run word-count - -O - < in.zip > out.zip', 'in a pipe'],
      ['infer run word-count ./texts --detach', 'does not wait: prints the id of the task'],
      ['infer run seg ./scans --gpus 2 --priority high', 'with two GPUs, before your other tasks'],
    ],
    exits: ['taskFailed', 'notFound', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  })
    .argument('<model>', 'the id of the model')
    .argument('<path>', 'a folder, a file, a zip, or - for a zip on stdin')
    .option('-O, --output-file <target>', 'where the output goes: a name that ends in .zip, a folder, or - for stdout')
    .option('-d, --detach', 'do not wait for the end: print the id of the task')
    .option('--wait', 'wait for the end and get the output (this is the default)')
    .option('-l, --label <name=value>', 'put a label on the task; may be repeated', parseLabel)
    .option('--time-limit <time>', 'stop the model after this: 90, 90s, 30m or 2h', parseSeconds)
    .option('--deadline <time>', 'give the task so long in all, waiting included: 90, 90s, 30m or 2h', parseSeconds)
    .addOption(new Option('--priority <priority>', 'how it stands among your own tasks').choices(PRIORITIES));
  return withResourceOptions(command).action(inSession(cli, run, runLegacy));
}

async function run(session: Session, model: string, path: string, options: RunOptions): Promise<number> {
  const { printer } = session;
  // Looked at first: who cannot have the output where it is wanted need not wait for it.
  const target = options.detach === true ? null : await runTarget(session, path, options.outputFile);
  const input = await readInput(session, path);
  const { label: labels, timeLimit: timeLimitSeconds, deadline: deadlineSeconds, priority } = options;
  const sent = await sendTask(session, model, input, {
    labels,
    timeLimitSeconds,
    deadlineSeconds,
    priority,
    resources: resourcesOf(options),
  });
  if (target === null) {
    if (printer.format === 'table') printer.line(plainText(sent.id));
    else printer.one(sent, taskView(session.paint));
    return EXIT.ok;
  }
  const task = await awaitTask(session, sent.id);
  const code = tellEnd(session, task);
  const file = code === EXIT.ok ? await fetchOutput(session, task, target) : null;
  tellFile(session, task, file);
  return code;
}

/** Data for who asked for the output: where it is; for programs, the task with it. */
function tellFile({ printer, paint }: Session, task: Parameters<typeof tellEnd>[1], file: string | null): void {
  if (file === null && printer.format === 'table') return;
  if (printer.format === 'json' || printer.format === 'jsonl')
    printer.line(plainJson({ ...task, output_file: file }, printer.format === 'json' ? 2 : 0));
  else if (printer.format === 'yaml') printer.one({ ...task, output_file: file }, { columns: [], name: () => '' });
  else if (file !== null) printer.line(file);
  else printer.one(task, taskView(paint));
}

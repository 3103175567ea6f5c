import { type Input, type NewModel, openInput } from '@inference/client';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { addLegacyModel } from '../legacy/models-legacy.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { awaitTask } from '../task/await-task.ts';
import { MODEL_VIEW } from '../task/model-view.ts';
import type { NewModelOptions } from '../task/new-model-options.ts';
import { resourcesOf, withResourceOptions } from '../task/resource-options.ts';
import { stageLine } from '../task/stage.ts';
import { tellEnd } from '../task/tell-end.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import { parseSeconds } from '../values/parse-seconds.ts';
import { parseWhole } from '../values/parse-whole.ts';

const MIB = 1024 * 1024;
/** More a server does not take. */
const RETRIES_MAX = 5;
const CPUS_MAX = 4_096;
const TASKS_MAX = 1_000_000;

/** `infer models add`. */
export function modelsAddCommand(cli: Cli): Command {
  const command = newCommand('add', 'Register an image as a model, and try it', {
    examples: [
      ['infer models add my-model --image my-lab/my-model:1', 'an image that reads /input and writes /output'],
      ['infer models add seg --image lab/seg:2 --gpu --weights ./weights', 'with a GPU, and files that it finds in /model'],
      ['infer models add big --image lab/big:1 --gpus 2 --gpu-memory 40000', 'its tasks ask for two GPUs, of 40000 MiB each at least'],
      ['infer models add seg --image lab/seg:2 --sample ./sample', 'and tries it at once on a sample'],
    ],
    exits: ['taskFailed', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  })
    .argument('<model>', 'an id for it: letters, digits, dots, dashes and underscores')
    .requiredOption('--image <image>', 'the image, which is pulled when the first task needs it')
    .option('--description <text>', 'what it does')
    .option('--gpu', 'give its container a GPU')
    .option('--weights <path>', 'a folder or zip that the container finds in /model')
    .option('--sample <path>', 'a folder, file or zip on which it is tried at once')
    .option('--time-limit <time>', 'stop it after this: 90, 90s, 30m or 2h', parseSeconds)
    .option('--hang-seconds <time>', 'stop it once it printed nothing and computed nothing for this: 600, 10m or 1h', parseSeconds)
    .option('--retries <count>', 'try a task again where the model failed, so often', parseWhole(0, RETRIES_MAX))
    .option('--memory <MiB>', 'how much memory it may use', parseWhole(16, 4_194_304))
    .option('--cpus <count>', 'how many processor cores it may use', parseWhole(1, CPUS_MAX))
    .option('--output <MiB>', 'how much it may write to /output', parseWhole(1, 4_194_304))
    .option('--running-tasks <count>', 'so many of its tasks run at the same time', parseWhole(1, TASKS_MAX))
    .option('--queued-tasks <count>', 'so many of its tasks wait at the same time; more are refused', parseWhole(1, TASKS_MAX));
  return withResourceOptions(command).action(inSession(cli, add, addLegacyModel));
}

async function add(session: Session, id: string, options: NewModelOptions): Promise<number> {
  const { printer, notes, signal } = session;
  const { image, description, retries } = options;
  const resources = resourcesOf(options);
  const gpu = options.gpu ?? (options.gpus !== undefined || options.gpuMemory !== undefined);
  const [files, sample] = [await opened(options.weights), await opened(options.sample)];
  const total = (files?.bytes ?? 0) + (sample?.bytes ?? 0);
  const startMs = performance.now();
  const { test, ...model } = await (await session.client()).models.register(
    {
      id,
      image,
      ...(description === undefined ? {} : { description }),
      gpu,
      limits: limitsOf(options),
      ...(resources === undefined ? {} : { resources }),
      quotas: { running_tasks: options.runningTasks ?? null, queued_tasks: options.queuedTasks ?? null },
      ...(retries === undefined ? {} : { retries }),
    },
    {
      files,
      sample,
      signal,
      onProgress: (bytes) => notes.live(stageLine('uploading', transferLine(bytes, total, performance.now() - startMs))),
    },
  );
  notes.clear();
  notes.line(stageLine('registered', id));
  printer.one(model, MODEL_VIEW);
  if (test === null) {
    notes.line(`Next: infer run ${id} PATH`);
    return EXIT.ok;
  }
  notes.line(stageLine('trying', `it on the sample, as task ${test.task}`));
  return tellEnd(session, await awaitTask(session, test.task));
}

function limitsOf({ timeLimit, hangSeconds, memory, cpus, output }: NewModelOptions): NonNullable<NewModel['limits']> {
  return {
    ...(timeLimit === undefined ? {} : { time_limit_seconds: timeLimit }),
    ...(hangSeconds === undefined ? {} : { hang_seconds: hangSeconds }),
    ...(memory === undefined ? {} : { memory_bytes: memory * MIB }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(output === undefined ? {} : { output_bytes: output * MIB }),
  };
}

async function opened(path: string | undefined): Promise<Input | undefined> {
  return path === undefined ? undefined : await openInput(path);
}

import { MODEL_LIMITS } from '@inference/domain';
// The product's own plan, so that the other side's command is the same flag by flag. Nobody else needs it from outside.
import { MODEL_UID } from '../packages/runtime/src/model-user.ts';
import { bubblewrapPlan } from '../packages/runtime/src/process/bubblewrap-plan.ts';
import { readHardLimits } from '../packages/runtime/src/process/limit-command.ts';
import { sandboxedOrder } from '../packages/runtime/src/process/sandbox-order.ts';
import { findSystemBinds } from '../packages/runtime/src/process/system-binds.ts';
import { TINY_COMMAND, TINY_MODEL } from './tiny-model.ts';

/** What stands in the arguments where a task's own folders go. */
export const INPUT_PLACE = '@INPUT@';
export const OUTPUT_PLACE = '@OUTPUT@';
/** A sandbox tells its status here: to stderr, where the product has a pipe of its own. */
const STATUS_FD = '2';

/** The command line with which the process runtime runs the tiny model. */
export type SandboxCommand = {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** To whom the output folder must belong; null: to whoever runs the command. */
  readonly uid: number | null;
};

/** The bubblewrap command of the tiny model, whose folder is `folder`, as one command line. */
export async function sandboxCommand(folder: string): Promise<SandboxCommand> {
  const model = {
    uid: TINY_MODEL,
    humanReadableId: TINY_MODEL,
    source: { kind: 'folder', folder: TINY_MODEL },
    useGpu: false,
    zip: null,
    loosened: [],
    limits: MODEL_LIMITS,
  } as const;
  const folders = { input: INPUT_PLACE, output: OUTPUT_PLACE, model: null };
  const run = { taskUid: TINY_MODEL, attempt: 1, model, pinnedImage: null, folders, gpuUuids: [] };
  const uid = process.getuid?.() === 0 ? MODEL_UID : null;
  const program = { ok: true, folder, command: TINY_COMMAND, mounts: [] } as const;
  const order = await sandboxedOrder(run, program, uid === null ? null : { uid, gid: uid });
  const plan = bubblewrapPlan(order, await findSystemBinds(), await readHardLimits());
  // The product hands these over by a pipe, so that the model does not see them.
  const handed = (plan.secondInput ?? '').split('\0').slice(0, -1);
  const flags = handed.map((argument, at) => (handed[at - 1] === '--json-status-fd' ? STATUS_FD : argument));
  return { file: plan.file, args: [...flags, ...plan.args.slice(plan.args.indexOf('--'))], environment: plan.environment, uid };
}

/** The same with the folders of a task in place. */
export function withFolders({ args }: SandboxCommand, folders: { readonly input: string; readonly output: string }): string[] {
  return args.map((argument) => argument.replace(INPUT_PLACE, folders.input).replace(OUTPUT_PLACE, folders.output));
}

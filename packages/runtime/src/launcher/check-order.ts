import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Failure, FailureClass, Loosened, ModelLimits } from '@inference/domain';
import type { RunOrder } from '../model-runtime.ts';
import { ATTEMPTS, folderName, MODEL_FILES } from '../work-layout.ts';
import type { CheckedOrder } from './message-schemas.ts';

/** What a launcher lets containers have, whatever a consumer asks for. */
export type LauncherRules = {
  /** The folder below which all consumers of this launcher work: no other is mounted. Without links in it. */
  readonly workFolder: string;
  /** The GPUs that it gives out, by UUID. */
  readonly gpuUuids: readonly string[];
  readonly loosenAllowed: readonly Loosened[];
  /** The most that a model may have; null: what its registration says. */
  readonly memoryBytesMax: number | null;
  readonly pidsMax: number | null;
};

export type OrderOrRefusal = { readonly ok: true; readonly order: RunOrder } | { readonly ok: false; readonly failure: Failure };

const ZIP_HASH = /^[0-9a-f]{64}$/;

/**
 * The order of what was sent, made anew from what was checked: the folders are those that belong to this attempt of this consumer, and real ones; GPUs,
 * limits and loosening are within the rules.
 */
export async function checkOrder(consumer: string, sent: CheckedOrder, rules: LauncherRules): Promise<OrderOrRefusal> {
  const failure = unlawful(sent, rules) ?? (await misplaced(consumer, sent, rules));
  if (failure !== null) return { ok: false, failure };
  const { taskUid, attempt, image, pinnedImage, gpuUuids, loosened, limits } = sent;
  const source = { kind: 'image', image } as const;
  const model = { uid: taskUid, humanReadableId: 'launched', source, useGpu: gpuUuids.length > 0, zip: null, loosened, limits };
  return { ok: true, order: { taskUid, attempt, model, pinnedImage, folders: foldersOf(consumer, sent, rules), gpuUuids } };
}

function unlawful({ gpuUuids, loosened, limits }: CheckedOrder, rules: LauncherRules): Failure | null {
  const gpu = gpuUuids.find((uuid) => !rules.gpuUuids.includes(uuid));
  if (gpu !== undefined) return failed('infrastructure', `The launcher does not give out ${gpu}: GPUS there does not name it.`);
  const loose = loosened.find((each) => !rules.loosenAllowed.includes(each));
  if (loose !== undefined) {
    return failed(
      'invalid_model',
      `The model is registered with loosened=${loose}, which this machine does not allow: its admin may name it in LOOSEN_ALLOWED of the launcher.`,
    );
  }
  return (
    beyond(limits, 'memoryBytes', rules.memoryBytesMax, 'MODEL_MEMORY_BYTES_MAX') ??
    beyond(limits, 'pidsMax', rules.pidsMax, 'MODEL_PIDS_MAX')
  );
}

function beyond(limits: ModelLimits, name: 'memoryBytes' | 'pidsMax', most: number | null, setting: string): Failure | null {
  if (most === null || limits[name] <= most) return null;
  const said = `The model asks for ${name}=${limits[name]}, and this machine gives at most ${most}`;
  return failed('invalid_model', `${said}: register it with less, or have its admin raise ${setting} of the launcher.`);
}

/** What the folders of an order must be called. */
function foldersOf(consumer: string, sent: CheckedOrder, { workFolder }: LauncherRules): RunOrder['folders'] {
  const root = join(workFolder, consumer, ATTEMPTS, folderName(sent));
  const model = sent.folders.model === null ? null : join(workFolder, consumer, MODEL_FILES, basename(sent.folders.model));
  return { input: join(root, 'input'), output: join(root, 'output'), model };
}

const ELSEWHERE =
  'The launcher mounts the folders of an attempt below its own WORK_DIR and no others: give the consumer and the launcher the same WORK_DIR.';

async function misplaced(consumer: string, sent: CheckedOrder, rules: LauncherRules): Promise<Failure | null> {
  const wanted = foldersOf(consumer, sent, rules);
  const isNamed = wanted.model === null || ZIP_HASH.test(basename(wanted.model));
  const names = ['input', 'output', 'model'] as const;
  if (!isNamed || names.some((name) => sent.folders[name] !== wanted[name])) return failed('infrastructure', ELSEWHERE);
  for (const name of names) {
    const folder = wanted[name];
    if (folder === null || (await isRealFolder(folder))) continue;
    return failed(
      'infrastructure',
      `The launcher does not mount the folder /${name} of the attempt: it is missing, or a link, or no folder.`,
    );
  }
  return null;
}

/** Whether it is a folder, and no part of its path a link. */
async function isRealFolder(path: string): Promise<boolean> {
  try {
    return (await realpath(path)) === path && (await stat(path)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function failed(failureClass: FailureClass, reason: string): Failure {
  return { class: failureClass, reason };
}

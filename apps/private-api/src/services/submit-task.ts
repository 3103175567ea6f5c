import { databaseFault } from '@inference/database';
import { AppError, type Pool, poolOf } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import { findTaskModel, type TaskModel } from '../store/model-store.ts';
import { findByClientKey, hasClientKey, insertTask, type NewTask } from '../store/task-store.ts';
import { acceptZip } from './accept-zip.ts';
import { ringPool } from './ring-pool.ts';
import { settleGpuTasks } from './settle-gpu-tasks.ts';

/** The owner's own name for a task. */
export type ClientName = { readonly owner: string; readonly clientKey: string | null };

/**
 * The model of a task to come, asked before the body is read: nobody uploads gigabytes for a model that does not exist. A disabled one is
 * there only for who may be asking again for a task that was accepted.
 */
export async function modelForTask(deps: Deps, humanReadableId: string, name?: ClientName): Promise<TaskModel> {
  const model = await findTaskModel(deps.db, humanReadableId);
  if (model === null) throw new AppError('model_not_found');
  if (model.disabledAt === null) return model;
  const isRepeated = name !== undefined && name.clientKey !== null && (await hasClientKey(deps.db, name.owner, name.clientKey));
  if (!isRepeated) throw new AppError('model_disabled');
  return model;
}

/** What a user wishes for a task. */
export type TaskWishes = Pick<NewTask, 'labels' | 'timeLimitMs'>;

const NO_WISHES: TaskWishes = { labels: {}, timeLimitMs: null };

export type Submission = {
  readonly model: TaskModel;
  readonly owner: string;
  /** Kept or discarded here, whatever happens. */
  readonly upload: ReceivedFile;
  readonly wishes?: TaskWishes;
  /** The owner's own name for the task: the same name and content is the same task. */
  readonly clientKey?: string | null;
};

/** `repeated`: the owner had sent the same task under the same name before, and nothing was made. */
export type Submitted = { readonly uid: string; readonly repeated: boolean };

/**
 * Accepts a task: once this returns, the input is safe on disk and the task in the database, and it will end.
 *
 * @throws AppError with the code of the zip's fault, or `idempotency_conflict`, and nothing left behind
 */
export async function submitTask(deps: Deps, submission: Submission): Promise<Submitted> {
  const { model, owner, upload, wishes = NO_WISHES, clientKey = null } = submission;
  const uid = deps.newId();
  const pool = poolOf({ folder: model.folder !== null, useGpu: model.useGpu });
  const task = { uid, owner, pool, modelId: model.id, clientKey, retryOf: null, ...wishes };
  const before = await findRepeated(deps, { ...task, sha256: upload.sha256 }).catch(async (error: unknown) => {
    await upload.discard();
    throw error;
  });
  if (before !== null) {
    await upload.discard();
    return before;
  }
  const input = await acceptZip(deps, upload, `inputs/${uid}.zip`);
  return await enterTask(deps, { ...task, input });
}

/**
 * Enters a task whose input lies in its place; the input goes again where the task is not made. Of several that come at the same time
 * under one name, the unique index lets one in, and all are answered with that one.
 */
export async function enterTask(deps: Deps, task: NewTask): Promise<Submitted> {
  const { uid, input } = task;
  let isMade: boolean;
  try {
    isMade = await insertTask(deps.db, task);
  } catch (error) {
    // With the database away, the task may have been made: then the input must stay. Should it have no row, delete-old-files removes it.
    if (databaseFault(error) !== 'away') await deps.files.delete(input.key);
    throw error;
  }
  if (isMade) {
    await announceTask(deps, uid, task.pool);
    return { uid, repeated: false };
  }
  await deps.files.delete(input.key);
  const before = await findRepeated(deps, { ...task, sha256: input.sha256 });
  // The other one was deleted by its owner meanwhile: its name is free again.
  if (before === null) throw new AppError('unavailable');
  return before;
}

/** A ring that fails or dies here is made good by ring-due-tasks. */
async function announceTask(deps: Deps, uid: string, pool: Pool): Promise<void> {
  if (pool === 'docker-gpu') await settleGpuTasks(deps, deps.db);
  ringPool(deps, pool, uid);
}

async function findRepeated(deps: Deps, task: Parameters<typeof findByClientKey>[1]): Promise<Submitted | null> {
  if (task.clientKey === null) return null;
  const before = await findByClientKey(deps.db, task);
  if (before === null) return null;
  if (!before.isSame) throw new AppError('idempotency_conflict');
  return { uid: before.uid, repeated: true };
}

import { databaseFault } from '@inference/database';
import { AppError, type Pool, poolOf } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import { findTaskModel, type TaskModel } from '../store/model-store.ts';
import { findByClientKey, hasClientKey, hasQueued, insertTask, lockQueueOf, type NewTask } from '../store/task-store.ts';
import { acceptZip } from './accept-zip.ts';
import { ringPool } from './ring-pool.ts';
import { settleGpuTasks } from './settle-gpu-tasks.ts';

/** Who sends a task, under which name of its own, and how many of its tasks may wait. */
export type Sender = Pick<NewTask, 'owner' | 'clientKey' | 'queuedMax'>;

/** When it is worth to look whether some of the waiting tasks have started. */
const QUEUE_RETRY_SECONDS = 10;

/**
 * The model of a task to come, asked before the body is read: nobody uploads gigabytes for a model that does not exist. A disabled one is
 * there only for who may be asking again for a task that was accepted.
 */
export async function modelForTask(deps: Deps, humanReadableId: string, sender: Sender): Promise<TaskModel> {
  const model = await findTaskModel(deps.db, humanReadableId);
  if (model === null) throw new AppError('model_not_found');
  const { owner, clientKey, queuedMax } = sender;
  const isFull = queuedMax !== null && (await hasQueued(deps.db, owner, queuedMax));
  if (model.disabledAt === null && !isFull) return model;
  const isRepeated = clientKey !== null && (await hasClientKey(deps.db, owner, clientKey));
  if (!isRepeated) throw isFull ? tooManyQueued(queuedMax) : new AppError('model_disabled');
  return model;
}

/** What a user wishes for a task. */
export type TaskWishes = Pick<NewTask, 'labels' | 'timeLimitMs'>;

const NO_WISHES: TaskWishes = { labels: {}, timeLimitMs: null };

export type Submission = {
  readonly model: TaskModel;
  readonly sender: Sender;
  /** Kept or discarded here, whatever happens. */
  readonly upload: ReceivedFile;
  readonly wishes?: TaskWishes;
};

/** `repeated`: the owner had sent the same task under the same name before, and nothing was made. */
export type Submitted = { readonly uid: string; readonly repeated: boolean };

/**
 * Accepts a task: once this returns, the input is safe on disk and the task in the database, and it will end.
 *
 * @throws AppError with the code of the zip's fault, or `idempotency_conflict`, and nothing left behind
 */
export async function submitTask(deps: Deps, submission: Submission): Promise<Submitted> {
  const { model, sender, upload, wishes = NO_WISHES } = submission;
  const uid = deps.newId();
  const pool = poolOf({ folder: model.folder !== null, useGpu: model.useGpu });
  const task = { uid, ...sender, pool, modelId: model.id, retryOf: null, ...wishes };
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
    isMade = await insert(deps, task);
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
  if (before === null && task.queuedMax !== null) throw tooManyQueued(task.queuedMax);
  // The other one was deleted by its owner meanwhile: its name is free again.
  if (before === null) throw new AppError('unavailable');
  return before;
}

/** One statement; where waiting tasks are counted, one after the other of an owner's. */
function insert(deps: Deps, task: NewTask): Promise<boolean> {
  if (task.queuedMax === null) return insertTask(deps.db, task);
  return deps.db.$transaction(async (tx) => {
    await lockQueueOf(tx, task.owner);
    return await insertTask(tx, task);
  });
}

function tooManyQueued(queuedMax: number): AppError {
  const sentence = `${queuedMax} of your tasks wait, as many as the limit of this key allows: send more when some have started.`;
  return new AppError('too_many_queued_tasks', sentence, { retryAfterSeconds: QUEUE_RETRY_SECONDS });
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

import { databaseFault } from '@inference/database';
import { AppError } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import type { Actor, AuditEntry } from '../store/audit-store.ts';
import type { TaskModel } from '../store/model-store.ts';
import type { findByClientKey, NewTask } from '../store/task-store.ts';
import { acceptZip } from './accept-zip.ts';
import { type Place, placeTask } from './place-task.ts';
import { ringPool } from './ring-pool.ts';

/** Who sends a task, under which name of its own, and how many of its tasks may wait. */
export type Sender = Pick<NewTask, 'owner' | 'clientKey' | 'queuedMax' | 'runningMax'>;

/** What becomes of a task that asks for a GPU where no consumer has one: it is not accepted, or accepted as failed. */
export type WithoutGpu = 'refuse' | 'fail';

/** The owner of what comes without a key. */
const ANONYMOUS = 'anonymous';
/** When it is worth to look whether some of the waiting tasks have started. */
const QUEUE_RETRY_SECONDS = 10;

/**
 * The model of a task to come, asked before the body is read: nobody uploads gigabytes for a model that does not exist. One that is disabled,
 * or asks for a GPU that nobody has, is there only for who may be asking again for a task that was accepted.
 */
export async function modelForTask(
  deps: Deps,
  humanReadableId: string,
  how: Pick<Submission, 'sender' | 'withoutGpu'>,
): Promise<TaskModel> {
  const model = await deps.store.findTaskModel(humanReadableId);
  if (model === null) throw new AppError('model_not_found');
  const refusal = await refusalOf(deps, model, how);
  if (refusal === null) return model;
  const { owner, clientKey } = how.sender;
  const isRepeated = clientKey !== null && (await deps.store.hasClientKey(owner, clientKey));
  if (!isRepeated) throw refusal;
  return model;
}

/** Why a new task of a model is not accepted now; null where it is. */
async function refusalOf(deps: Deps, model: TaskModel, { sender, withoutGpu }: Pick<Submission, 'sender' | 'withoutGpu'>) {
  const { owner, queuedMax } = sender;
  if (queuedMax !== null && (await deps.store.hasQueued(owner, queuedMax))) return tooManyQueued(sender);
  if (model.disabledAt !== null) return new AppError('model_disabled');
  if (withoutGpu === 'fail') return null;
  return await placeTask(deps, model, { asks: model.asks, isRefused: true }).then(
    () => null,
    (error: unknown) => {
      if (error instanceof AppError) return error;
      throw error;
    },
  );
}

/** What a user wishes for a task. */
export type TaskWishes = Pick<NewTask, 'labels' | 'timeLimitMs' | 'deadlineMs' | 'priority' | 'headStartMs' | 'asks'>;

/** What a task is where its user wishes for nothing. */
export const noWishes = ({ asks }: Pick<TaskModel, 'asks'>): TaskWishes => ({
  ...{ labels: {}, timeLimitMs: null, deadlineMs: null },
  ...{ priority: 0, headStartMs: 0, asks },
});

export type Submission = {
  readonly model: TaskModel;
  readonly sender: Sender;
  readonly withoutGpu: WithoutGpu;
  /** Kept or discarded here, whatever happens. */
  readonly upload: ReceivedFile;
  readonly wishes?: TaskWishes;
};

/** `repeated`: the owner had sent the same task under the same name before, and nothing was made. */
export type Submitted = { readonly uid: string; readonly repeated: boolean };

/**
 * Accepts a task: once this returns, the input is safe on disk and the task in the database, and it will end.
 *
 * @throws AppError with the code of the zip's fault, `idempotency_conflict` or `no_gpu`, and nothing left behind
 */
export async function submitTask(deps: Deps, submission: Submission): Promise<Submitted> {
  const { model, sender, upload, wishes = noWishes(submission.model) } = submission;
  const uid = deps.newId();
  const task = { uid, ...sender, modelId: model.id, modelQueuedMax: model.queuedMax, retryOf: null, ...wishes };
  const found = await findPlace(deps, submission, { ...task, sha256: upload.sha256 }).catch(async (error: unknown) => {
    await upload.discard();
    throw error;
  });
  if ('repeated' in found) {
    await upload.discard();
    return found;
  }
  const input = await acceptZip(deps, upload, `inputs/${uid}.zip`);
  return await enterTask(deps, { ...task, ...found, input });
}

/** The task that was sent before, or the place of a new one. */
async function findPlace(
  deps: Deps,
  { model, withoutGpu }: Submission,
  task: Parameters<typeof findByClientKey>[1],
): Promise<Submitted | Place> {
  const repeated = await findRepeated(deps, task);
  if (repeated !== null) return repeated;
  return await placeTask(deps, model, { asks: task.asks, isRefused: withoutGpu === 'refuse' });
}

/**
 * Enters a task whose input lies in its place; the input goes again where the task is not made. Of several that come at the same time
 * under one name, the unique index lets one in, and all are answered with that one. What is to be noted of it in the audit is noted with it.
 */
export async function enterTask(deps: Deps, task: NewTask, note: AuditNote | null = null): Promise<Submitted> {
  const { uid, input } = task;
  let isMade: boolean;
  try {
    isMade = await insert(deps, task, note);
  } catch (error) {
    const fault = databaseFault(error);
    // After all else, the task may have been made: then the input must stay. Should it have no row, delete-old-files removes it.
    if (fault === 'duplicate' || fault === 'full') await deps.files.delete(input.key);
    throw error;
  }
  if (isMade) {
    // A ring that fails or dies here is made good by ring-due-tasks.
    if (task.failsWith === null) ringPool(deps, task.pool, uid);
    return { uid, repeated: false };
  }
  await deps.files.delete(input.key);
  const before = await findRepeated(deps, { ...task, sha256: input.sha256 });
  if (before === null && (task.queuedMax !== null || task.modelQueuedMax !== null)) throw tooManyQueued(task);
  // The other one was deleted by its owner meanwhile: its name is free again.
  if (before === null) throw new AppError('unavailable');
  return before;
}

type AuditNote = { readonly by: Actor; readonly entry: AuditEntry };

/** A larger limit of waiting tasks may be passed by the few that come at the very same moment: nobody counts on the last of thousands. */
const COUNTED_EXACTLY_MAX = 1_000;

/** One statement; where few waiting tasks are allowed, one after the other of an owner's. */
function insert(deps: Deps, task: NewTask, note: AuditNote | null): Promise<boolean> {
  const limits = [task.queuedMax, task.modelQueuedMax].filter((limit) => limit !== null && limit <= COUNTED_EXACTLY_MAX);
  if (limits.length === 0 && note === null) return deps.store.insertTask(task);
  return deps.store.transaction(async (tx) => {
    if (task.queuedMax !== null && task.queuedMax <= COUNTED_EXACTLY_MAX) await tx.lockQueueOf(task.owner);
    if (task.modelQueuedMax !== null && task.modelQueuedMax <= COUNTED_EXACTLY_MAX) await tx.lockQueueOf(`model ${task.modelId}`);
    const isMade = await tx.insertTask(task);
    if (isMade && note !== null) await tx.insertAudit(note.by, note.entry);
    return isMade;
  });
}

function tooManyQueued({
  owner,
  queuedMax,
  modelQueuedMax = null,
}: Pick<Sender, 'owner' | 'queuedMax'> & Partial<Pick<NewTask, 'modelQueuedMax'>>): AppError {
  const again = { retryAfterSeconds: QUEUE_RETRY_SECONDS };
  if (queuedMax === null) {
    return new AppError(
      'too_many_queued_tasks',
      `${modelQueuedMax} ${modelQueuedMax === 1 ? 'task of the model waits' : 'tasks of the model wait'}, as many as it allows: send more when some have started.`,
      again,
    );
  }
  const whose =
    owner === ANONYMOUS
      ? 'tasks of clients without a key wait, as many as this server'
      : 'of your tasks wait, as many as the limit of this key';
  const sentence = `${queuedMax} ${whose} allows: send more when some have started.`;
  return new AppError('too_many_queued_tasks', sentence, again);
}

/**
 * The task that its owner has sent under the same name before.
 *
 * @throws AppError `idempotency_conflict` where that was another one
 */
export async function findRepeated(deps: Deps, task: Parameters<typeof findByClientKey>[1]): Promise<Submitted | null> {
  if (task.clientKey === null) return null;
  const before = await deps.store.findByClientKey(task);
  if (before === null) return null;
  if (!before.isSame) throw new AppError('idempotency_conflict');
  return { uid: before.uid, repeated: true };
}

import { V1_LIMITS } from '@inference/contracts';
import { BACKOFF_MAX_MS, type Pool, type TaskState } from '@inference/domain';
import type { TaskRow } from '../rows.ts';
import { addEvent } from './event-store.ts';
import { clientKeyOf, type MemoryDatabase } from './memory-database.ts';
import { named } from './model-store.ts';
import { sameJson } from './same-json.ts';
import type { Statement } from './statement.ts';
import { secondsBefore } from './times.ts';
import { isSeenBy } from './viewer.ts';

export const insertTask: Statement<'insertTask'> = (db, task) => {
  const { owner, failsWith, clientKey, queuedMax, modelId, modelQueuedMax } = task;
  if (modelQueuedMax !== null && db.tasksQueuedWith.get(modelId).length >= modelQueuedMax) return false;
  if (queuedMax !== null && db.tasksQueuedOf.get(owner).length >= queuedMax) return false;
  // Postgres takes the number, and asks the CHECKs, before it looks for a conflict.
  const row = newTask(db, db.ids.task(), task);
  db.task.check(row);
  if (clientKey !== null && db.taskByClientKey.get(clientKeyOf(owner, clientKey)) !== undefined) return false;
  const { id } = db.task.insert(row);
  addEvent(db, { task_id: id, kind: 'submitted', attempt: null, text: '' });
  if (failsWith !== null) addEvent(db, { task_id: id, kind: 'failed', attempt: null, text: failsWith });
  return true;
};

function newTask(db: MemoryDatabase, id: number, task: Parameters<Statement<'insertTask'>>[1]): TaskRow {
  const { failsWith } = task;
  return {
    id,
    uid: task.uid,
    model_id: task.modelId,
    owner: task.owner,
    pool: task.pool,
    state: failsWith === null ? 'queued' : 'failed',
    priority: task.priority,
    order_key: BigInt(db.now().getTime() - task.headStartMs),
    asks: task.asks,
    running_max: task.runningMax,
    available_at: db.now(),
    rung_at: db.now(),
    attempt: 0,
    infrastructure_faults: 0,
    model_faults: 0,
    pinned_image: null,
    input_key: task.input.key,
    input_bytes: BigInt(task.input.bytes),
    input_sha256: task.input.sha256,
    ...{ output_key: null, output_bytes: null, output_sha256: null, warnings: [] },
    labels: { ...task.labels },
    time_limit_ms: task.timeLimitMs === null ? null : BigInt(task.timeLimitMs),
    deadline_ms: task.deadlineMs === null ? null : BigInt(task.deadlineMs),
    deadline_at: task.deadlineMs === null ? null : secondsBefore(db.now(), -task.deadlineMs / 1000),
    client_key: task.clientKey,
    retry_of: task.retryOf,
    ...{ progress: null, progress_text: '' },
    failure_class: failsWith === null ? null : 'impossible',
    failure_reason: failsWith,
    failure_exit_code: null,
    created_at: db.now(),
    started_at: null,
    finished_at: failsWith === null ? null : db.now(),
    ...{ deleted_at: null, purged_at: null },
  };
}

/** Whether a queued task may be claimed by now. */
export function isDue(db: MemoryDatabase, task: TaskRow): boolean {
  return task.available_at <= db.now() || task.available_at > secondsBefore(db.now(), -BACKOFF_MAX_MS / 1000);
}

/** Whether the deadline of a task is over. */
export function isOverdue(db: MemoryDatabase, task: TaskRow): boolean {
  return task.deadline_at !== null && task.deadline_at <= db.now();
}

// Transactions come one after the other: there is nothing to wait for.
export const lockQueueOf: Statement<'lockQueueOf'> = () => {};

export const hasQueued: Statement<'hasQueued'> = (db, owner, count) => db.tasksQueuedOf.get(owner).length >= count;

export const findByClientKey: Statement<'findByClientKey'> = (db, { owner, clientKey, modelId, sha256, labels, ...wished }) => {
  const task = clientKey === null ? undefined : db.taskByClientKey.get(clientKeyOf(owner, clientKey));
  if (task === undefined) return null;
  const isSameLimit = isMs(task.time_limit_ms, wished.timeLimitMs) && isMs(task.deadline_ms, wished.deadlineMs);
  const isSame =
    task.model_id === modelId &&
    task.input_sha256 === sha256 &&
    sameJson(task.labels, labels) &&
    isSameLimit &&
    sameJson(task.asks, wished.asks) &&
    task.priority === wished.priority;
  return { uid: task.uid, isSame };
};

function isMs(kept: bigint | null, wished: number | null): boolean {
  return kept === (wished === null ? null : BigInt(wished));
}

export const hasClientKey: Statement<'hasClientKey'> = (db, owner, clientKey) =>
  db.taskByClientKey.get(clientKeyOf(owner, clientKey)) !== undefined;

export const findTask: Statement<'findTask'> = (db, uid) => withModel(db, db.taskByUid.get(uid));

export const findTaskFor: Statement<'findTaskFor'> = (db, uid, viewer) => {
  const task = db.taskByUid.get(uid);
  return withModel(db, viewer === null || task?.owner === viewer ? task : undefined);
};

/** A task under the names that Prisma gives its columns, with its model. */
function withModel(db: MemoryDatabase, task: TaskRow | undefined): ReturnType<typeof findTask> {
  const model = task && db.modelById.get(task.model_id);
  if (task === undefined || model === undefined) return null;
  return {
    ...{ id: task.id, uid: task.uid, modelId: task.model_id, owner: task.owner, pool: task.pool, state: task.state },
    ...{ priority: task.priority, orderKey: task.order_key, asks: task.asks, runningMax: task.running_max },
    ...{ availableAt: task.available_at, rungAt: task.rung_at, attempt: task.attempt },
    ...{ infrastructureFaults: task.infrastructure_faults, modelFaults: task.model_faults, pinnedImage: task.pinned_image },
    ...{ inputKey: task.input_key, inputBytes: task.input_bytes, inputSha256: task.input_sha256 },
    ...{ outputKey: task.output_key, outputBytes: task.output_bytes, outputSha256: task.output_sha256 },
    ...{
      warnings: [...task.warnings],
      labels: { ...task.labels },
      timeLimitMs: task.time_limit_ms,
      deadlineMs: task.deadline_ms,
      deadlineAt: task.deadline_at,
      clientKey: task.client_key,
    },
    ...{ retryOfId: task.retry_of, progress: task.progress, progressText: task.progress_text },
    ...{ failureClass: task.failure_class, failureReason: task.failure_reason, failureExitCode: task.failure_exit_code },
    ...{ createdAt: task.created_at, startedAt: task.started_at, finishedAt: task.finished_at },
    ...{ deletedAt: task.deleted_at, purgedAt: task.purged_at },
    model: named(model),
  };
}

export const findOutput: Statement<'findOutput'> = (db, uid, viewer) => {
  const t = db.taskByUid.get(uid);
  if (t === undefined || !isSeenBy(viewer, t)) return null;
  return {
    id: t.id,
    pool: t.pool as Pool,
    orderKey: t.order_key,
    attempt: t.attempt,
    state: t.state as TaskState,
    isPurged: t.purged_at !== null,
    outputKey: t.output_key,
    outputBytes: t.output_bytes,
    outputSha256: t.output_sha256,
    failureReason: t.failure_reason,
  };
};

export const countBefore: Statement<'countBefore'> = (db, task) =>
  Math.min(db.tasksQueuedIn.get(task.pool).filter((row) => isBefore(row, task)).length, V1_LIMITS.positionMax);

/** Whether a task is before another in the order of its pool: what task_queued_idx is. */
export function isBefore(a: Pick<TaskRow, 'id' | 'order_key'>, b: { id: number; orderKey: bigint }): boolean {
  return a.order_key < b.orderKey || (a.order_key === b.orderKey && a.id < b.id);
}

/** The waiting tasks of a pool, the oldest first. */
export function queuedIn(db: MemoryDatabase, pool: string): TaskRow[] {
  return db.tasksQueuedIn.get(pool).toSorted(byOrder);
}

export function byOrder(a: TaskRow, b: TaskRow): number {
  return Number(a.order_key - b.order_key) || a.id - b.id;
}

export const forgetRing: Statement<'forgetRing'> = (db, uid) => {
  const task = db.taskByUid.get(uid);
  if (task?.state === 'queued') db.task.update(task, { rung_at: null });
};

export const takeUnrung: Statement<'takeUnrung'> = (db, pool, { silentSeconds, countMax }) => {
  const silentSince = secondsBefore(db.now(), silentSeconds);
  const oldest = queuedIn(db, pool)
    .filter((task) => isDue(db, task))
    .slice(0, countMax);
  const unrung = oldest.filter(({ rung_at }) => rung_at === null || rung_at < silentSince || rung_at > db.now());
  return unrung.map((task) => ({ uid: db.task.update(task, { rung_at: db.now() }).uid }));
};

export const cancelTask: Statement<'cancelTask'> = (db, uid) => {
  const task = db.taskByUid.get(uid);
  if (task === undefined || (task.state !== 'queued' && task.state !== 'running')) return null;
  const isQueued = task.state === 'queued';
  const { id, state } = db.task.update(task, {
    state: isQueued ? 'cancelled' : 'cancelling',
    finished_at: isQueued ? db.now() : null,
    failure_class: isQueued ? 'cancelled' : null,
    failure_reason: isQueued ? 'The task was cancelled before it was started.' : null,
  });
  return { id, state };
};

export const markDeleted: Statement<'markDeleted'> = (db, uid) => {
  const task = db.taskByUid.get(uid);
  if (task === undefined || task.deleted_at !== null) return false;
  db.task.update(task, { deleted_at: db.now(), client_key: null });
  return true;
};

export const pinImage: Statement<'pinImage'> = (db, taskId, image) => {
  const task = db.taskById.get(taskId);
  if (task === undefined) return image;
  return db.task.update(task, { pinned_image: task.pinned_image ?? image }).pinned_image ?? image;
};

export const failWaitingGpuTasks: Statement<'failWaitingGpuTasks'> = (db, { waitedHours, reason, countMax }) => {
  const since = secondsBefore(db.now(), waitedHours * 3600);
  const late = queuedIn(db, 'docker-gpu').filter((task) => task.available_at < since);
  return late.slice(0, countMax).map((task) => {
    const ended = { state: 'failed', finished_at: db.now(), failure_class: 'impossible', failure_reason: reason };
    const { id, uid } = db.task.update(task, ended);
    addEvent(db, { task_id: id, kind: 'failed', attempt: null, text: reason });
    return { uid };
  });
};

export const moveWaitingGpuTasksToCpu: Statement<'moveWaitingGpuTasksToCpu'> = (db) => {
  const waiting = db.tasksQueuedIn.get('docker-gpu');
  for (const task of waiting) db.task.update(task, { pool: 'docker-cpu', rung_at: null });
  return waiting.length;
};

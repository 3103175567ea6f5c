import { CPU_TASK_SHARE } from '@inference/allocator';
import type { AttemptRow, TaskRow } from '../rows.ts';
import { addEvent } from './event-store.ts';
import type { MemoryDatabase } from './memory-database.ts';
import { specColumns } from './model-store.ts';
import { modelOf } from './related-rows.ts';
import type { Statement } from './statement.ts';
import { byOrder, isDue, isOverdue, queuedIn } from './task-store.ts';
import { expectedMs, waitingOwners } from './turns.ts';

const CLAIMS_AT_ONCE = { few: 4, many: 32 };
const DECIDED = 'claims_decided';

type NewClaim = Parameters<Statement<'claimNext'>>[1];

export const findClaim: Statement<'findClaim'> = (db, claimId) => {
  const a = db.attemptByClaim.get(claimId);
  const t = a && db.taskById.get(a.task_id);
  return a === undefined || t === undefined ? null : claimRow(db, t, a);
};

export const claimNext: Statement<'claimNext'> = (db, claim, atOnce) => {
  if (!isTheirs(db, claim) || isSpecial(db, claim.pool)) return null;
  const due = waitingOwners(db, claim.pool).flatMap(({ owner, gpuMillis }) => {
    const own = queuedIn(db, claim.pool).filter((task) => task.owner === owner && isClaimable(db, task, claim.holding));
    let sum = 0;
    return own.slice(0, CLAIMS_AT_ONCE[atOnce]).map((task) => {
      const millis = expectedMs(modelOf(db, task)) * CPU_TASK_SHARE;
      sum += millis;
      return { task, turn: gpuMillis + sum - millis };
    });
  });
  const [next] = due.toSorted((a, b) => a.turn - b.turn || byOrder(a.task, b.task));
  return next === undefined ? null : claimOf(db, next.task, claim, []);
};

export const whatWaits: Statement<'whatWaits'> = (db, pool) => ({
  isAny: db.tasksQueuedIn.get(pool).length > 0,
  isSpecial: isSpecial(db, pool),
});

function isSpecial(db: MemoryDatabase, pool: string): boolean {
  return db.tasksQueuedIn
    .get(pool)
    .some((task) => Object.keys(task.asks).length > 0 || task.running_max !== null || modelOf(db, task).running_max !== null);
}

export function decidedCount(db: MemoryDatabase): number {
  return Number(db.settingByKey.get(DECIDED)?.value ?? 0);
}

export const claimDecided: Statement<'claimDecided'> = (db, claim, { taskId, gpuUuids, decided }) => {
  const setting = db.settingByKey.get(DECIDED);
  const value = String(decided + 1);
  if (setting === undefined) db.setting.insert({ key: DECIDED, value });
  else if (setting.value === String(decided)) db.setting.update(setting, { value });
  else return null;
  const task = db.taskById.get(taskId);
  return task?.state === 'queued' && isTheirs(db, claim) ? claimOf(db, task, claim, gpuUuids) : null;
};

export function isClaimable(db: MemoryDatabase, task: TaskRow, holding: readonly string[]): boolean {
  return isDue(db, task) && !isOverdue(db, task) && !holding.includes(task.uid);
}

function isTheirs(db: MemoryDatabase, { consumerId, owner }: NewClaim): boolean {
  return (db.consumerById.get(consumerId)?.owner ?? owner) === owner;
}

function claimOf(db: MemoryDatabase, next: TaskRow, claim: NewClaim, gpuUuids: readonly string[]) {
  const { claimId, consumerId, bootId, token } = claim;
  const claimed = db.task.update(next, {
    state: 'running',
    attempt: next.attempt + 1,
    started_at: next.started_at ?? db.now(),
    progress: null,
    progress_text: '',
  });
  // Postgres carries these parts out from the last to the first: a claim id that is taken costs the numbers of what comes after it.
  for (const uuid of gpuUuids) {
    db.deviceLease.insert({
      ...{ id: db.ids.deviceLease(), device_uuid: uuid, task_id: claimed.id, attempt: claimed.attempt },
      ...{ consumer_id: consumerId, boot_id: bootId, taken_at: db.now(), ended_at: null },
    });
  }
  addEvent(db, { task_id: claimed.id, kind: 'claimed', attempt: claimed.attempt, text: consumerId });
  const made = db.attempt.insert({
    ...{ task_id: claimed.id, number: claimed.attempt, token, claim_id: claimId, consumer_id: consumerId, boot_id: bootId },
    ...{ heartbeat: 0, started_at: db.now(), ended_at: null, outcome: null },
    ...{ failure_class: null, failure_reason: null, exit_code: null, output_sha256: null, stdout_tail: [], stderr_tail: [] },
    ...{ memory_peak_bytes: null, cpu_seconds: null, gpu_memory_peak_bytes: null, output_content_bytes: null, run_ms: null },
  });
  return claimRow(db, claimed, made);
}

function claimRow(db: MemoryDatabase, task: TaskRow, attempt: AttemptRow) {
  const devices = db.devicesOf.get(task.id).filter((lease) => lease.attempt === attempt.number);
  return {
    taskUid: task.uid,
    attempt: attempt.number,
    token: attempt.token,
    pinnedImage: task.pinned_image,
    inputBytes: task.input_bytes,
    inputSha256: task.input_sha256,
    taskTimeMs: task.time_limit_ms,
    gpuUuids: devices.toSorted((a, b) => a.id - b.id).map(({ device_uuid }) => device_uuid),
    ...specColumns(modelOf(db, task)),
  };
}

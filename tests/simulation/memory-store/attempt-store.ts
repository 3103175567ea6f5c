import { CPU_TASK_SHARE } from '@inference/allocator';
import { type Pool, type TaskState, UNKNOWN_USAGE, type Usage } from '@inference/domain';
import type { AttemptRow, TaskRow } from '../rows.ts';
import { addEvent } from './event-store.ts';
import { attemptKeyOf, type MemoryDatabase } from './memory-database.ts';
import { modelOf, newestOf } from './related-rows.ts';
import type { Statement } from './statement.ts';
import { secondsBefore } from './times.ts';
import { addUse } from './turns.ts';

type LeaseKey = Parameters<Statement<'findHeld'>>[1];
type HeldRow = NonNullable<ReturnType<Statement<'findHeld'>>>;

export const lockHeld: Statement<'lockHeld'> = (db, lease) => held(db, lease);

export const findHeld: Statement<'findHeld'> = (db, lease) => held(db, lease);

function held(db: MemoryDatabase, { taskUid, attempt, token }: LeaseKey): HeldRow | null {
  const t = db.taskByUid.get(taskUid);
  const a = attemptNamed(db, { taskUid, attempt });
  if (t === undefined || a === undefined || a.token !== token) return null;
  const { zip_key: zipKey, zip_bytes: zipBytes, zip_sha256: zipSha256 } = modelOf(db, t);
  return { ...heldRow(db, t, a), zipKey, zipBytes, zipSha256 };
}

function heldRow(db: MemoryDatabase, t: TaskRow, a: AttemptRow): HeldRow {
  return {
    taskId: t.id,
    taskUid: t.uid,
    pool: t.pool as Pool,
    state: t.state as TaskState,
    newest: t.attempt,
    faults: t.infrastructure_faults,
    modelFaults: t.model_faults,
    modelRetriesMax: modelOf(db, t).retries_max,
    inputKey: t.input_key,
    attempt: a.number,
    heartbeat: a.heartbeat,
    outcome: a.outcome,
    outputSha256: a.output_sha256,
    inputBytes: t.input_bytes,
    inputSha256: t.input_sha256,
    ...{ zipKey: null, zipBytes: null, zipSha256: null },
  };
}

export const listLeases: Statement<'listLeases'> = (db) => leases(db).map(leaseRow);

export const lockSilent: Statement<'lockSilent'> = (db, { taskId, attempt, heartbeat }) => {
  const t = db.taskById.get(taskId);
  const a = t && newestOf(db, t);
  if (t === undefined || a === undefined || t.attempt !== attempt || a.heartbeat !== heartbeat) return null;
  return isHeld(t) ? heldRow(db, t, a) : null;
};

export const listHeldAttempts: Statement<'listHeldAttempts'> = (db) =>
  leases(db).flatMap((a) => {
    const t = db.taskById.get(a.task_id);
    if (t === undefined) return [];
    const { time_ms: mostMs } = modelOf(db, t);
    return [{ taskId: t.id, attempt: t.attempt, timeMs: t.time_limit_ms !== null && t.time_limit_ms < mostMs ? t.time_limit_ms : mostMs }];
  });

export const lockRunning: Statement<'lockRunning'> = (db, { taskId, attempt }) => {
  const t = db.taskById.get(taskId);
  const a = t && newestOf(db, t);
  return t === undefined || a === undefined || t.attempt !== attempt || !isHeld(t) ? null : heldRow(db, t, a);
};

export const takeOver: Statement<'takeOver'> = (db, { consumerId, bootId, holding }) => {
  for (const a of new Set(holding.map((held) => attemptNamed(db, held)))) {
    if (a === undefined || a.consumer_id !== consumerId || a.boot_id === bootId) continue;
    if (a.outcome === null || a.outcome === 'lost') db.attempt.update(a, { boot_id: bootId, heartbeat: a.heartbeat + 1 });
  }
};

function attemptNamed(db: MemoryDatabase, { taskUid, attempt }: { taskUid: string; attempt: number }): AttemptRow | undefined {
  const t = db.taskByUid.get(taskUid);
  return t && db.attemptByNumber.get(attemptKeyOf(t.id, attempt));
}

export const listAbandoned: Statement<'listAbandoned'> = (db, consumerId, bootId) =>
  leases(db)
    .filter((a) => a.consumer_id === consumerId && a.boot_id !== bootId && a.ended_at === null)
    .map(leaseRow);

function leases(db: MemoryDatabase): AttemptRow[] {
  const tasks = db.tasksHeld.get('held').toSorted((a, b) => a.id - b.id);
  return tasks.flatMap((task) => newestOf(db, task) ?? []);
}

function leaseRow({ task_id: taskId, number: attempt, heartbeat }: AttemptRow) {
  return { taskId, attempt, heartbeat };
}

const NO_FAILURE = { failure_class: null, failure_reason: null };

export const raiseHeartbeat: Statement<'raiseHeartbeat'> = (db, row) => {
  const a = db.attemptByNumber.get(attemptKeyOf(row.taskId, row.attempt));
  if (a === undefined || (a.ended_at !== null && a.outcome !== 'lost')) return;
  db.attempt.update(a, { heartbeat: a.heartbeat + 1, ended_at: null, outcome: null, ...NO_FAILURE });
};

export const endAttempt: Statement<'endAttempt'> = (db, row, { outcome, failure, outputSha256 = null, usage, stdout, stderr }) => {
  const a = db.attemptByNumber.get(attemptKeyOf(row.taskId, row.attempt));
  if (a === undefined) return;
  addUseWithoutGpu(db, a);
  db.attempt.update(a, {
    ended_at: db.now(),
    outcome,
    failure_class: failure?.class ?? null,
    failure_reason: failure?.reason ?? null,
    exit_code: failure?.exitCode ?? null,
    output_sha256: outputSha256,
    ...usageColumns(usage),
    stdout_tail: [...stdout],
    stderr_tail: [...stderr],
  });
};

function usageColumns({ memoryPeakBytes, cpuSeconds, gpuMemoryPeakBytes, outputBytes, runMs }: Usage = UNKNOWN_USAGE) {
  return {
    memory_peak_bytes: bigintOf(memoryPeakBytes),
    cpu_seconds: cpuSeconds,
    gpu_memory_peak_bytes: bigintOf(gpuMemoryPeakBytes),
    output_content_bytes: bigintOf(outputBytes),
    run_ms: bigintOf(runMs),
  };
}

function bigintOf(count: number | null): bigint | null {
  return count === null ? null : BigInt(count);
}

export const setSucceeded: Statement<'setSucceeded'> = (db, lease, output) => {
  const t = db.taskByUid.get(lease.taskUid);
  const a = t && newestOf(db, t);
  if (t === undefined || a === undefined || a.number !== lease.attempt || a.token !== lease.token) return 0;
  if ((t.state !== 'queued' && t.state !== 'running') || (a.outcome !== null && a.outcome !== 'lost')) return 0;
  const { key, bytes, sha256, warnings, stdout, stderr } = output;
  const tails = { stdout_tail: [...stdout], stderr_tail: [...stderr] };
  const ended = { ended_at: db.now(), outcome: 'succeed', ...NO_FAILURE, output_sha256: sha256, ...usageColumns(output.usage), ...tails };
  db.task.update(t, {
    state: 'succeeded',
    finished_at: db.now(),
    output_key: key,
    output_bytes: BigInt(bytes),
    output_sha256: sha256,
    warnings: [...warnings],
  });
  addEvent(db, { task_id: t.id, kind: 'succeeded', attempt: a.number, text: '' });
  addUseWithoutGpu(db, a);
  db.attempt.update(a, ended);
  return 1;
};

export const setEnded: Statement<'setEnded'> = (db, row, failure) => {
  const t = db.taskById.get(row.taskId);
  if (t === undefined || t.attempt !== row.attempt || !['queued', 'running', 'cancelling'].includes(t.state)) return 0;
  db.task.update(t, {
    state: t.state === 'cancelling' ? 'cancelled' : 'failed',
    finished_at: db.now(),
    failure_class: failure.class,
    failure_reason: failure.reason,
    failure_exit_code: failure.exitCode ?? null,
  });
  return 1;
};

export const setRetried: Statement<'setRetried'> = (db, row, { delayMs, charge }) => {
  const t = db.taskById.get(row.taskId);
  if (t === undefined || t.attempt !== row.attempt || t.state !== 'running') return 0;
  db.task.update(t, {
    state: 'queued',
    rung_at: delayMs === 0 ? db.now() : null,
    available_at: secondsBefore(db.now(), -delayMs / 1000),
    infrastructure_faults: t.infrastructure_faults + (charge === 'infrastructure' ? 1 : 0),
    model_faults: t.model_faults + (charge === 'model' ? 1 : 0),
  });
  return 1;
};

export const setRunningAgain: Statement<'setRunningAgain'> = (db, row) => {
  const t = db.taskById.get(row.taskId);
  if (t === undefined || t.attempt !== row.attempt || t.state !== 'queued') return 0;
  db.task.update(t, { state: 'running', infrastructure_faults: Math.max(t.infrastructure_faults - 1, 0) });
  return 1;
};

function addUseWithoutGpu(db: MemoryDatabase, attempt: AttemptRow): void {
  const task = db.taskById.get(attempt.task_id);
  if (task === undefined || task.pool === 'docker-gpu') return;
  addUse(db, task.owner, usedWithoutGpu(db, attempt));
}

/** What an attempt under way has used that holds no device. */
export function usedWithoutGpu(db: MemoryDatabase, attempt: AttemptRow): number {
  return CPU_TASK_SHARE * Math.max(0, db.now().getTime() - attempt.started_at.getTime());
}

function isHeld({ state }: TaskRow): boolean {
  return state === 'running' || state === 'cancelling';
}

import { V1_LIMITS } from '@inference/contracts';
import type { FailureClass, Pool, TaskState } from '@inference/domain';
import type { AttemptRow, ModelRow, TaskRow } from '../rows.ts';
import { supplyOf } from './consumer-store.ts';
import { attemptKeyOf, type MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { countBefore } from './task-store.ts';
import { jsonTime, secondsBefore } from './times.ts';
import { isSeenBy } from './viewer.ts';

const ATTEMPTS_MAX = 50;

export const findTaskView: Statement<'findTaskView'> = (db, uid, viewer) => {
  const seen = seenTask(db, uid, viewer);
  if (seen === null) return null;
  const { t, m } = seen;
  const wished = t.time_limit_ms;
  const isQueued = t.state === 'queued';
  return {
    ...itemColumns(db, t, m),
    pool: t.pool as Pool,
    priority: t.priority,
    asks: t.asks,
    attempt: t.attempt,
    timeLimitMs: wished !== null && wished < m.time_ms ? wished : m.time_ms,
    deadlineAt: t.deadline_at,
    warnings: [...t.warnings],
    failureReason: t.failure_reason,
    failureExitCode: t.failure_exit_code,
    lastLines: t.failure_class === null ? null : lastLines(db.attemptByNumber.get(attemptKeyOf(t.id, t.attempt))),
    inputBytes: t.input_bytes,
    inputSha256: t.input_sha256,
    outputBytes: t.output_bytes,
    outputSha256: t.output_sha256,
    isPurged: t.purged_at !== null,
    attempts: attemptViews(db, t),
    history: historyOf(db, t),
    supply: isQueued ? supplyOf(db, t.pool) : null,
    ahead: isQueued ? countBefore(db, { id: t.id, pool: t.pool, orderKey: t.order_key }) : null,
  };
};

function itemColumns(db: MemoryDatabase, t: TaskRow, m: ModelRow) {
  return {
    id: t.id,
    uid: t.uid,
    model: m.human_readable_id,
    state: t.state as TaskState,
    owner: t.owner,
    labels: { ...t.labels },
    progress: t.progress,
    progressText: t.progress_text,
    createdAt: t.created_at,
    startedAt: t.started_at,
    finishedAt: t.finished_at,
    failureClass: t.failure_class as FailureClass | null,
    retryOf: t.retry_of === null ? null : (db.taskById.get(t.retry_of)?.uid ?? null),
  };
}

function lastLines(attempt: AttemptRow | undefined): string[] | null {
  if (attempt === undefined) return null;
  const { stdout_tail: stdout, stderr_tail: stderr } = attempt;
  return (stderr.length > 0 ? stderr : stdout).slice(-V1_LIMITS.lastLinesMax);
}

function attemptViews(db: MemoryDatabase, t: TaskRow) {
  const shown = db.attemptsOf.get(t.id).filter(({ number }) => number > t.attempt - ATTEMPTS_MAX);
  return shown
    .toSorted((a, b) => a.number - b.number)
    .map((a) => ({
      number: a.number,
      consumer: a.consumer_id,
      startedAt: jsonTime(a.started_at),
      endedAt: jsonTime(a.ended_at),
      outcome: a.outcome as 'succeed' | 'fail' | 'hand_back' | 'lost' | null,
      failureClass: a.failure_class as FailureClass | null,
      failureReason: a.failure_reason,
      exitCode: a.exit_code,
      memoryPeakBytes: numberOf(a.memory_peak_bytes),
      cpuSeconds: a.cpu_seconds,
      gpuMemoryPeakBytes: numberOf(a.gpu_memory_peak_bytes),
      outputBytes: numberOf(a.output_content_bytes),
      runMs: numberOf(a.run_ms),
    }));
}

function numberOf(count: bigint | null): number | null {
  return count === null ? null : Number(count);
}

function historyOf(db: MemoryDatabase, t: TaskRow) {
  const events = db.eventsOf.get(t.id).toSorted((a, b) => Number(a.id - b.id));
  return events.slice(-V1_LIMITS.historyMax).map(({ at, kind, attempt, text }) => ({ at: jsonTime(at), kind, attempt, text }));
}

export const findTaskFiles: Statement<'findTaskFiles'> = (db, uid, viewer) => {
  const seen = seenTask(db, uid, viewer);
  if (seen === null) return null;
  const { t, m } = seen;
  return {
    id: t.id,
    uid: t.uid,
    owner: t.owner,
    modelId: t.model_id,
    model: m.human_readable_id,
    pool: t.pool as Pool,
    state: t.state as TaskState,
    failureReason: t.failure_reason,
    labels: { ...t.labels },
    timeLimitMs: t.time_limit_ms,
    deadlineMs: t.deadline_ms,
    priority: t.priority,
    asks: t.asks,
    isPurged: t.purged_at !== null,
    inputKey: t.input_key,
    inputBytes: t.input_bytes,
    inputSha256: t.input_sha256,
    outputKey: t.output_key,
    outputBytes: t.output_bytes,
    outputSha256: t.output_sha256,
  };
};

export const findState: Statement<'findState'> = (db, uid, viewer) => {
  const t = db.taskByUid.get(uid);
  return t === undefined || !isSeenBy(viewer, t) ? null : { id: t.id, owner: t.owner, state: t.state as TaskState };
};

export const setRequeued: Statement<'setRequeued'> = (db, uid, viewer) => {
  const t = db.taskByUid.get(uid);
  if (t === undefined || !isSeenBy(viewer, t) || t.purged_at !== null || (t.state !== 'failed' && t.state !== 'cancelled')) return null;
  const requeued = db.task.update(t, {
    state: 'queued',
    ...{ finished_at: null, failure_class: null, failure_reason: null, failure_exit_code: null },
    infrastructure_faults: 0,
    model_faults: 0,
    deadline_at: t.deadline_ms === null ? null : secondsBefore(db.now(), -Number(t.deadline_ms) / 1000),
    available_at: db.now(),
    rung_at: db.now(),
  });
  return { id: requeued.id, pool: requeued.pool as Pool, inputKey: requeued.input_key };
};

function seenTask(db: MemoryDatabase, uid: string, viewer: string | null): { t: TaskRow; m: ModelRow } | null {
  const t = db.taskByUid.get(uid);
  const m = t && db.modelById.get(t.model_id);
  return t === undefined || m === undefined || !isSeenBy(viewer, t) ? null : { t, m };
}

import { V1_LIMITS } from '@inference/contracts';
import { Prisma, type Tx } from '@inference/database';
import type { FailureClass, Pool, ResourceAsks, TaskState, Usage } from '@inference/domain';
import { type PoolSupply, supplyOf } from './consumer-store.ts';
import { seenBy, type Viewer } from './viewer.ts';

/** Attempts of a task that are shown, the newest. */
const ATTEMPTS_MAX = 50;

/** What a list shows of a task. */
export type ItemRow = {
  id: number;
  uid: string;
  model: string;
  state: TaskState;
  owner: string;
  labels: Record<string, string>;
  progress: number | null;
  progressText: string;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  failureClass: FailureClass | null;
  retryOf: string | null;
};

/** One attempt; JSON has its times as text. */
export type AttemptView = {
  number: number;
  consumer: string;
  startedAt: string;
  endedAt: string | null;
  outcome: 'succeed' | 'fail' | 'hand_back' | 'lost' | null;
  failureClass: FailureClass | null;
  failureReason: string | null;
  exitCode: number | null;
} & Usage;

/** One thing that happened to a task; JSON has its time as text. */
export type HistoryView = { at: string; kind: string; attempt: number | null; text: string };

/** All that a user may know of a task. */
export type ViewRow = ItemRow & {
  pool: Pool;
  priority: number;
  asks: ResourceAsks;
  attempt: number;
  timeLimitMs: bigint;
  deadlineAt: Date | null;
  warnings: string[];
  failureReason: string | null;
  failureExitCode: number | null;
  lastLines: string[] | null;
  inputBytes: bigint;
  inputSha256: string;
  outputBytes: bigint | null;
  outputSha256: string | null;
  isPurged: boolean;
  attempts: AttemptView[];
  history: HistoryView[];
  /** How the pool of a queued task is served, and how many tasks are taken before this one, of which no more are counted than are told. */
  supply: PoolSupply | null;
  ahead: number | null;
};

/** One statement, as clients ask for tasks again and again while they wait. */
export async function findTaskView(tx: Tx, uid: string, viewer: Viewer): Promise<ViewRow | null> {
  const [row] = await tx.$queryRaw<ViewRow[]>`
    SELECT t.id, t.uid, m.human_readable_id AS model, t.state, t.owner, t.labels, t.progress, t.progress_text AS "progressText",
           t.created_at AS "createdAt", t.started_at AS "startedAt", t.finished_at AS "finishedAt", t.failure_class AS "failureClass",
           (SELECT first.uid FROM task first WHERE first.id = t.retry_of) AS "retryOf",
           t.pool, t.priority, t.asks, t.attempt, least(t.time_limit_ms, m.time_ms) AS "timeLimitMs", t.deadline_at AS "deadlineAt", t.warnings,
           t.failure_reason AS "failureReason", t.failure_exit_code AS "failureExitCode",
           CASE WHEN t.failure_class IS NOT NULL THEN (
             SELECT CASE WHEN cardinality(a.stderr_tail) > 0
                    THEN a.stderr_tail[greatest(1, cardinality(a.stderr_tail) - ${V1_LIMITS.lastLinesMax - 1}::int):]
                    ELSE a.stdout_tail[greatest(1, cardinality(a.stdout_tail) - ${V1_LIMITS.lastLinesMax - 1}::int):] END
             FROM attempt a WHERE a.task_id = t.id AND a.number = t.attempt) END AS "lastLines",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256", t.output_bytes AS "outputBytes",
           t.output_sha256 AS "outputSha256", t.purged_at IS NOT NULL AS "isPurged",
           (SELECT coalesce(json_agg(json_build_object('number', a.number, 'consumer', a.consumer_id, 'startedAt', a.started_at,
              'endedAt', a.ended_at, 'outcome', a.outcome, 'failureClass', a.failure_class, 'failureReason', a.failure_reason,
              'exitCode', a.exit_code, 'memoryPeakBytes', a.memory_peak_bytes, 'cpuSeconds', a.cpu_seconds,
              'gpuMemoryPeakBytes', a.gpu_memory_peak_bytes, 'outputBytes', a.output_content_bytes, 'runMs', a.run_ms) ORDER BY a.number), '[]')
            FROM attempt a WHERE a.task_id = t.id AND a.number > t.attempt - ${ATTEMPTS_MAX}::int) AS attempts,
           (SELECT coalesce(json_agg(json_build_object('at', e.at, 'kind', e.kind, 'attempt', e.attempt, 'text', e.text) ORDER BY e.id), '[]')
            FROM (SELECT * FROM event WHERE task_id = t.id ORDER BY id DESC LIMIT ${V1_LIMITS.historyMax}::int) AS e) AS history,
           CASE WHEN t.state = 'queued' THEN (SELECT to_json(s) FROM (${supplyOf(Prisma.sql`t.pool`)}) AS s) END AS supply,
           CASE WHEN t.state = 'queued' THEN (SELECT count(*)::int FROM (
             SELECT 1 FROM task o WHERE o.state = 'queued' AND o.pool = t.pool AND (o.order_key, o.id) < (t.order_key, t.id)
             LIMIT ${V1_LIMITS.positionMax}::int) AS counted) END AS ahead
    FROM task t JOIN model m ON m.id = t.model_id WHERE t.uid = ${uid} AND ${seenBy(viewer)}`;
  return row ?? null;
}

/** What a listing looks for; null where it does not matter. */
export type TaskFilter = {
  readonly viewer: Viewer;
  readonly state: TaskState | null;
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The row that the page before ended with. */
  readonly before: number | null;
  readonly countMax: number;
};

/** A page of tasks, newest first. Uses task_owner_id_idx where the viewer sees only the own ones. */
export async function listTaskItems(tx: Tx, filter: TaskFilter): Promise<ItemRow[]> {
  const { viewer, state, model, before, countMax } = filter;
  const labels = JSON.stringify(filter.labels);
  return await tx.$queryRaw<ItemRow[]>`
    SELECT t.id, t.uid, m.human_readable_id AS model, t.state, t.owner, t.labels, t.progress, t.progress_text AS "progressText",
           t.created_at AS "createdAt", t.started_at AS "startedAt", t.finished_at AS "finishedAt", t.failure_class AS "failureClass",
           (SELECT first.uid FROM task first WHERE first.id = t.retry_of) AS "retryOf"
    FROM task t JOIN model m ON m.id = t.model_id
    WHERE ${seenBy(viewer)} AND (${before}::int IS NULL OR t.id < ${before}::int) AND (${state}::text IS NULL OR t.state = ${state}::text)
      AND (${model}::text IS NULL OR m.human_readable_id = ${model}::text) AND t.labels @> ${labels}::jsonb
    ORDER BY t.id DESC LIMIT ${countMax}::int`;
}

/** A task's files and whether they are still kept. */
export type FilesRow = {
  id: number;
  uid: string;
  owner: string;
  modelId: number;
  model: string;
  pool: Pool;
  state: TaskState;
  failureReason: string | null;
  labels: Record<string, string>;
  timeLimitMs: bigint | null;
  deadlineMs: bigint | null;
  priority: number;
  asks: ResourceAsks;
  isPurged: boolean;
  inputKey: string;
  inputBytes: bigint;
  inputSha256: string;
  outputKey: string | null;
  outputBytes: bigint | null;
  outputSha256: string | null;
};

export async function findTaskFiles(tx: Tx, uid: string, viewer: Viewer): Promise<FilesRow | null> {
  const [row] = await tx.$queryRaw<FilesRow[]>`
    SELECT t.id, t.uid, t.owner, t.model_id AS "modelId", m.human_readable_id AS model, t.pool, t.state, t.failure_reason AS "failureReason",
           t.labels, t.time_limit_ms AS "timeLimitMs", t.deadline_ms AS "deadlineMs", t.priority, t.asks, t.purged_at IS NOT NULL AS "isPurged",
           t.input_key AS "inputKey", t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256",
           t.output_key AS "outputKey", t.output_bytes AS "outputBytes", t.output_sha256 AS "outputSha256"
    FROM task t JOIN model m ON m.id = t.model_id WHERE t.uid = ${uid} AND ${seenBy(viewer)}`;
  return row ?? null;
}

export type StateRow = { id: number; owner: string; state: TaskState };

/** Whether a viewer may know of a task, whose it is, and in which state. */
export async function findState(tx: Tx, uid: string, viewer: Viewer): Promise<StateRow | null> {
  const [row] = await tx.$queryRaw<StateRow[]>`
    SELECT t.id, t.owner, t.state FROM task t WHERE t.uid = ${uid} AND ${seenBy(viewer)}`;
  return row ?? null;
}

/** `failed`, `cancelled` -> `queued`, with a new budget of faults and of time; null where the task is elsewhere or its input is gone. */
export async function setRequeued(tx: Tx, uid: string, viewer: Viewer): Promise<{ id: number; pool: Pool; inputKey: string } | null> {
  const [row] = await tx.$queryRaw<{ id: number; pool: Pool; inputKey: string }[]>`
    UPDATE task t SET state = 'queued', finished_at = NULL, failure_class = NULL, failure_reason = NULL, failure_exit_code = NULL,
      infrastructure_faults = 0, model_faults = 0, deadline_at = now() + make_interval(secs => deadline_ms::float8 / 1000), available_at = now(), rung_at = now()
    WHERE t.uid = ${uid} AND t.state IN ('failed', 'cancelled') AND t.purged_at IS NULL AND ${seenBy(viewer)}
    RETURNING t.id, t.pool, t.input_key AS "inputKey"`;
  return row ?? null;
}

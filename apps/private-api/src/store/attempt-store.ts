import { CPU_TASK_SHARE } from '@inference/allocator';
import { Prisma, type Tx } from '@inference/database';
import { type Failure, type Pool, type StoredOutput, type TaskState, UNKNOWN_USAGE, type Usage } from '@inference/domain';
import { addUse } from './turns.ts';

/** A task together with one of its attempts, and its model's zip. */
export type HeldRow = {
  taskId: number;
  taskUid: string;
  pool: Pool;
  state: TaskState;
  newest: number;
  faults: number;
  modelFaults: number;
  modelRetriesMax: number;
  inputKey: string;
  attempt: number;
  heartbeat: number;
  outcome: string | null;
  outputSha256: string | null;
  inputBytes: bigint;
  inputSha256: string;
  zipKey: string | null;
  zipBytes: bigint | null;
  zipSha256: string | null;
};

export type LeaseKey = { readonly taskUid: string; readonly attempt: number; readonly token: string };

/**
 * The task and attempt that a lease names, locked until the transaction ends; null when the token is wrong. Both rows: of one that is not
 * locked, a statement that has waited answers what was there before it waited.
 */
export async function lockHeld(tx: Tx, lease: LeaseKey): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`${held(lease)} FOR UPDATE OF t, a`;
  return row ?? null;
}

/** The same without a lock, for who only looks: a lock is written down, and its commit waits for the disk. */
export async function findHeld(tx: Tx, lease: LeaseKey): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`${held(lease)}`;
  return row ?? null;
}

function held(lease: LeaseKey): Prisma.Sql {
  return Prisma.sql`
    SELECT t.id AS "taskId", t.uid AS "taskUid", t.pool, t.state, t.attempt AS newest, t.infrastructure_faults AS faults,
           t.model_faults AS "modelFaults", m.retries_max AS "modelRetriesMax", t.input_key AS "inputKey", a.number AS attempt, a.heartbeat, a.outcome, a.output_sha256 AS "outputSha256",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256",
           m.zip_key AS "zipKey", m.zip_bytes AS "zipBytes", m.zip_sha256 AS "zipSha256"
    FROM task t JOIN attempt a ON a.task_id = t.id JOIN model m ON m.id = t.model_id
    WHERE t.uid = ${lease.taskUid} AND a.number = ${lease.attempt} AND a.token = ${lease.token}`;
}

/** A boot of a consumer, and the attempts in its hands. */
export type Holder = {
  readonly consumerId: string;
  readonly bootId: string;
  readonly holding: readonly { readonly taskUid: string; readonly attempt: number }[];
};

export type LeaseRow = { taskId: number; attempt: number; heartbeat: number };

/** Every lease that somebody should be renewing. Uses task_held_idx. */
export async function listLeases(tx: Tx): Promise<LeaseRow[]> {
  return await tx.$queryRaw<LeaseRow[]>`
    SELECT t.id AS "taskId", a.number AS attempt, a.heartbeat FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
    WHERE t.state IN ('running', 'cancelling') ORDER BY t.id`;
}

/** The lease if its counter still stands where it was last seen, locked; null when its holder moved on. */
export async function lockSilent(tx: Tx, lease: LeaseRow): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`${running(lease)} AND a.heartbeat = ${lease.heartbeat} FOR UPDATE OF t, a`;
  return row ?? null;
}

/**
 * Gives a new boot of a consumer the attempts that an earlier one held and that it goes on with; counts that as a sign of life, as leases run
 * on while a consumer is started again. Whether they still count is for their tokens to prove.
 */
export async function takeOver(tx: Tx, { consumerId, bootId, holding }: Holder): Promise<void> {
  const [uids, attempts] = [holding.map(({ taskUid }) => taskUid), holding.map(({ attempt }) => attempt)];
  await tx.$executeRaw`
    UPDATE attempt a SET boot_id = ${bootId}, heartbeat = a.heartbeat + 1
    FROM unnest(${uids}::text[], ${attempts}::int[]) AS held (uid, number) JOIN task t ON t.uid = held.uid
    WHERE a.task_id = t.id AND a.number = held.number AND a.consumer_id = ${consumerId} AND a.boot_id <> ${bootId}
      AND (a.outcome IS NULL OR a.outcome = 'lost')`;
}

/** An attempt that is under way, and how long its model may run, in milliseconds. */
export type HeldAttempt = { taskId: number; attempt: number; timeMs: bigint };

/** Every attempt that somebody should be renewing. Uses task_held_idx. */
export async function listHeldAttempts(tx: Tx): Promise<HeldAttempt[]> {
  return await tx.$queryRaw<HeldAttempt[]>`
    SELECT t.id AS "taskId", t.attempt, least(t.time_limit_ms, m.time_ms) AS "timeMs" FROM task t JOIN model m ON m.id = t.model_id
    WHERE t.state IN ('running', 'cancelling') ORDER BY t.id`;
}

/** Such an attempt if it is still under way, locked, however its holder does. */
export async function lockRunning(tx: Tx, held: HeldAttempt): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`${running(held)} FOR UPDATE OF t, a`;
  return row ?? null;
}

function running({ taskId, attempt }: Pick<HeldAttempt, 'taskId' | 'attempt'>): Prisma.Sql {
  return Prisma.sql`
    SELECT t.id AS "taskId", t.uid AS "taskUid", t.pool, t.state, t.attempt AS newest, t.infrastructure_faults AS faults,
           t.model_faults AS "modelFaults", m.retries_max AS "modelRetriesMax", t.input_key AS "inputKey", a.number AS attempt,
           a.heartbeat, a.outcome, a.output_sha256 AS "outputSha256", t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256",
           NULL AS "zipKey", NULL AS "zipBytes", NULL AS "zipSha256"
    FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt JOIN model m ON m.id = t.model_id
    WHERE t.id = ${taskId} AND t.attempt = ${attempt} AND t.state IN ('running', 'cancelling')`;
}

/** Leases of a consumer's earlier boots: the process that held them is gone. */
export async function listAbandoned(tx: Tx, consumerId: string, bootId: string): Promise<LeaseRow[]> {
  return await tx.$queryRaw<LeaseRow[]>`
    SELECT t.id AS "taskId", a.number AS attempt, a.heartbeat FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
    WHERE t.state IN ('running', 'cancelling') AND a.consumer_id = ${consumerId} AND a.boot_id <> ${bootId} AND a.ended_at IS NULL`;
}

/** Counts a sign of life; an attempt that had been given up as lost lives again, and why it was given up is no longer so. */
export async function raiseHeartbeat(tx: Tx, row: HeldRow): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt SET heartbeat = heartbeat + 1, ended_at = NULL, outcome = NULL, failure_class = NULL, failure_reason = NULL
    WHERE task_id = ${row.taskId} AND number = ${row.attempt} AND (ended_at IS NULL OR outcome = 'lost')`;
}

/** How an attempt ended, as its row keeps it. */
export type AttemptEnd = {
  outcome: 'succeed' | 'fail' | 'hand_back' | 'lost';
  failure?: Failure;
  outputSha256?: string;
  usage?: Usage;
  stdout: readonly string[];
  stderr: readonly string[];
};

export async function endAttempt(tx: Tx, row: HeldRow, end: AttemptEnd): Promise<void> {
  const { outcome, failure, outputSha256 = null, usage, stdout, stderr } = end;
  await tx.$executeRaw`
    WITH used AS (${usedWithoutGpu(Prisma.sql`a.task_id = ${row.taskId} AND a.number = ${row.attempt}`)}), added AS (${addUse(Prisma.sql`used`)})
    UPDATE attempt SET ended_at = now(), outcome = ${outcome}, failure_class = ${failure?.class ?? null},
      failure_reason = ${failure?.reason ?? null}, exit_code = ${failure?.exitCode ?? null}, output_sha256 = ${outputSha256},
      stdout_tail = ${stdout}, stderr_tail = ${stderr}, ${usageColumns(usage)}
    WHERE task_id = ${row.taskId} AND number = ${row.attempt}`;
}

function usageColumns({ memoryPeakBytes, cpuSeconds, gpuMemoryPeakBytes, outputBytes, runMs }: Usage = UNKNOWN_USAGE): Prisma.Sql {
  return Prisma.sql`memory_peak_bytes = ${memoryPeakBytes}, cpu_seconds = ${cpuSeconds}, gpu_memory_peak_bytes = ${gpuMemoryPeakBytes},
      output_content_bytes = ${outputBytes}, run_ms = ${runMs}`;
}

/** What an attempt has used that holds no device, for `addUse`; what devices are used is counted when they are given back. */
export function usedWithoutGpu(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT t.owner, ${CPU_TASK_SHARE}::float8 * greatest(0, EXTRACT(epoch FROM now() - a.started_at)::float8 * 1000) AS millis
    FROM attempt a JOIN task t ON t.id = a.task_id WHERE t.pool <> 'docker-gpu' AND ${condition}`;
}

/** What comes with an output. */
export type Success = {
  readonly warnings: readonly string[];
  readonly usage?: Usage | undefined;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
};

/**
 * `queued`, `running` -> `succeeded`, with the end of the attempt and the event, in one statement: nearly every report is this one.
 * It counts from the newest attempt with the right token, which must not have reported another end; 0 says that it did not count.
 */
export async function setSucceeded(tx: Tx, lease: LeaseKey, output: StoredOutput & Success): Promise<number> {
  return await tx.$executeRaw`
    WITH held AS (
      SELECT t.id, a.number FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
      WHERE t.uid = ${lease.taskUid} AND a.number = ${lease.attempt} AND a.token = ${lease.token}
        AND t.state IN ('queued', 'running') AND (a.outcome IS NULL OR a.outcome = 'lost') FOR UPDATE OF t, a
    ), ended AS (
      UPDATE attempt SET ended_at = now(), outcome = 'succeed', failure_class = NULL, failure_reason = NULL, output_sha256 = ${output.sha256},
        stdout_tail = ${output.stdout}, stderr_tail = ${output.stderr}, ${usageColumns(output.usage)}
      FROM held WHERE task_id = held.id AND attempt.number = held.number
    ), used AS (
      ${usedWithoutGpu(Prisma.sql`(a.task_id, a.number) IN (SELECT id, number FROM held)`)}
    ), added AS (${addUse(Prisma.sql`used`)}
    ), noted AS (
      INSERT INTO event (task_id, kind, attempt) SELECT id, 'succeeded', number FROM held
    )
    UPDATE task SET state = 'succeeded', finished_at = now(), output_key = ${output.key}, output_bytes = ${output.bytes},
      output_sha256 = ${output.sha256}, warnings = ${output.warnings}
    FROM held WHERE task.id = held.id`;
}

/** `queued`, `running` -> `failed`; `cancelling` -> `cancelled`. */
export async function setEnded(tx: Tx, row: HeldRow, failure: Failure): Promise<number> {
  return await tx.$executeRaw`
    UPDATE task SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'failed' END, finished_at = now(),
      failure_class = ${failure.class}, failure_reason = ${failure.reason}, failure_exit_code = ${failure.exitCode ?? null}
    WHERE id = ${row.taskId} AND attempt = ${row.attempt} AND state IN ('queued', 'running', 'cancelling')`;
}

/** When an attempt is followed by another, and which budget it counts towards; null: none. */
export type Retry = { readonly delayMs: number; readonly charge: 'infrastructure' | 'model' | null };

/** `running` -> `queued`, due after `delayMs`. */
export async function setRetried(tx: Tx, row: HeldRow, { delayMs, charge }: Retry): Promise<number> {
  return await tx.$executeRaw`
    UPDATE task SET state = 'queued', rung_at = CASE WHEN ${delayMs} = 0 THEN now() END,
      available_at = now() + make_interval(secs => ${delayMs / 1000}::float8),
      infrastructure_faults = infrastructure_faults + ${charge === 'infrastructure' ? 1 : 0},
      model_faults = model_faults + ${charge === 'model' ? 1 : 0}
    WHERE id = ${row.taskId} AND attempt = ${row.attempt} AND state = 'running'`;
}

/** `queued` -> `running`: the holder that was thought lost renewed its lease before anybody else claimed the task. Its fault was none. */
export async function setRunningAgain(tx: Tx, row: HeldRow): Promise<number> {
  return await tx.$executeRaw`
    UPDATE task SET state = 'running', infrastructure_faults = greatest(infrastructure_faults - 1, 0)
    WHERE id = ${row.taskId} AND attempt = ${row.attempt} AND state = 'queued'`;
}

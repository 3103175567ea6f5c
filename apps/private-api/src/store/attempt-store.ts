import { Prisma, type Tx } from '@inference/database';
import type { Failure, Pool, StoredOutput, TaskState } from '@inference/domain';
import { SPEC_COLUMNS, type SpecRow } from './model-store.ts';

/** A claimed attempt with what is needed to run it: its task, and its model's spec. */
export type ClaimRow = SpecRow & {
  taskUid: string;
  attempt: number;
  token: string;
  pinnedImage: string | null;
  inputBytes: bigint;
  inputSha256: string;
  /** What the user wishes for; null: what the model allows. */
  taskTimeMs: bigint | null;
};

/** The attempt that an earlier call with this claim id made. */
export async function findClaim(tx: Tx, claimId: string): Promise<ClaimRow | null> {
  const [row] = await tx.$queryRaw<ClaimRow[]>`
    SELECT t.uid AS "taskUid", a.number AS attempt, a.token, t.pinned_image AS "pinnedImage",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256", t.time_limit_ms AS "taskTimeMs", ${SPEC_COLUMNS}
    FROM attempt a JOIN task t ON t.id = a.task_id JOIN model ON model.id = t.model_id WHERE a.claim_id = ${claimId}`;
  return row ?? null;
}

/**
 * Takes the next due task of these pools, by priority, then age, and makes its attempt. SKIP LOCKED lets claims run side by side
 * without waiting for each other; the state in the UPDATE is what makes the claim single. Nothing is taken in the name of a consumer that
 * belongs to another owner's key. Uses task_queued_idx.
 */
export async function claimNext(
  tx: Tx,
  claim: { pools: readonly string[]; claimId: string; owner: string; consumerId: string; bootId: string; token: string },
): Promise<ClaimRow | null> {
  const { pools, claimId, owner, consumerId, bootId, token } = claim;
  const [row] = await tx.$queryRaw<ClaimRow[]>`
    WITH next AS (
      SELECT id FROM task WHERE state = 'queued' AND pool = ANY (${pools}) AND available_at <= now()
        AND NOT EXISTS (SELECT 1 FROM consumer WHERE consumer.id = ${consumerId} AND consumer.owner <> ${owner})
      ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE task SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, now()),
        progress = NULL, progress_text = ''
      FROM next WHERE task.id = next.id AND state = 'queued' RETURNING task.*
    ), made AS (
      INSERT INTO attempt (task_id, number, token, claim_id, consumer_id, boot_id)
      SELECT id, attempt, ${token}, ${claimId}, ${consumerId}, ${bootId} FROM claimed
    ), noted AS (
      INSERT INTO event (task_id, kind, attempt, text) SELECT id, 'claimed', attempt, ${consumerId} FROM claimed
    )
    SELECT claimed.uid AS "taskUid", attempt, ${token} AS token, pinned_image AS "pinnedImage",
           input_bytes AS "inputBytes", input_sha256 AS "inputSha256", time_limit_ms AS "taskTimeMs", ${SPEC_COLUMNS}
    FROM claimed JOIN model ON model.id = claimed.model_id`;
  return row ?? null;
}

/** A task together with one of its attempts, and its model's zip. */
export type HeldRow = {
  taskId: number;
  taskUid: string;
  pool: Pool;
  state: TaskState;
  newest: number;
  faults: number;
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

/** The task and attempt that a lease names, locked until the transaction ends; null when the token is wrong. */
export async function lockHeld(tx: Tx, lease: LeaseKey): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`${held(lease)} FOR UPDATE OF t`;
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
           t.input_key AS "inputKey", a.number AS attempt, a.heartbeat, a.outcome, a.output_sha256 AS "outputSha256",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256",
           m.zip_key AS "zipKey", m.zip_bytes AS "zipBytes", m.zip_sha256 AS "zipSha256"
    FROM task t JOIN attempt a ON a.task_id = t.id JOIN model m ON m.id = t.model_id
    WHERE t.uid = ${lease.taskUid} AND a.number = ${lease.attempt} AND a.token = ${lease.token}`;
}

export type LeaseRow = { taskId: number; attempt: number; heartbeat: number };

/** Every lease that somebody should be renewing. Uses task_held_idx. */
export async function listLeases(tx: Tx): Promise<LeaseRow[]> {
  return await tx.$queryRaw<LeaseRow[]>`
    SELECT t.id AS "taskId", a.number AS attempt, a.heartbeat FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
    WHERE t.state IN ('running', 'cancelling') ORDER BY t.id`;
}

/** The lease if its counter still stands where it was last seen, locked; null when its holder moved on. */
export async function lockSilent(tx: Tx, lease: LeaseRow): Promise<HeldRow | null> {
  const [row] = await tx.$queryRaw<HeldRow[]>`
    SELECT t.id AS "taskId", t.uid AS "taskUid", t.pool, t.state, t.attempt AS newest, t.infrastructure_faults AS faults,
           t.input_key AS "inputKey", a.number AS attempt, a.heartbeat, a.outcome, a.output_sha256 AS "outputSha256",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256", NULL AS "zipKey", NULL AS "zipBytes", NULL AS "zipSha256"
    FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
    WHERE t.id = ${lease.taskId} AND t.attempt = ${lease.attempt} AND a.heartbeat = ${lease.heartbeat}
      AND t.state IN ('running', 'cancelling') FOR UPDATE OF t`;
  return row ?? null;
}

/** Leases of a consumer's earlier boots: the process that held them is gone. */
export async function listAbandoned(tx: Tx, consumerId: string, bootId: string): Promise<LeaseRow[]> {
  return await tx.$queryRaw<LeaseRow[]>`
    SELECT t.id AS "taskId", a.number AS attempt, a.heartbeat FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
    WHERE t.state IN ('running', 'cancelling') AND a.consumer_id = ${consumerId} AND a.boot_id <> ${bootId} AND a.ended_at IS NULL`;
}

/** Counts a sign of life; an attempt that had been given up as lost lives again. */
export async function raiseHeartbeat(tx: Tx, row: HeldRow): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempt SET heartbeat = heartbeat + 1, ended_at = NULL, outcome = NULL
    WHERE task_id = ${row.taskId} AND number = ${row.attempt} AND (ended_at IS NULL OR outcome = 'lost')`;
}

/** How an attempt ended, as its row keeps it. */
export type AttemptEnd = {
  outcome: 'succeed' | 'fail' | 'hand_back' | 'lost';
  failure?: Failure;
  outputSha256?: string;
  stdout: readonly string[];
  stderr: readonly string[];
};

export async function endAttempt(tx: Tx, row: HeldRow, end: AttemptEnd): Promise<void> {
  const { outcome, failure, outputSha256 = null, stdout, stderr } = end;
  await tx.$executeRaw`
    UPDATE attempt SET ended_at = now(), outcome = ${outcome}, failure_class = ${failure?.class ?? null},
      failure_reason = ${failure?.reason ?? null}, exit_code = ${failure?.exitCode ?? null}, output_sha256 = ${outputSha256},
      stdout_tail = ${stdout}, stderr_tail = ${stderr}
    WHERE task_id = ${row.taskId} AND number = ${row.attempt}`;
}

/** What comes with an output. */
export type Success = { readonly warnings: readonly string[]; readonly stdout: readonly string[]; readonly stderr: readonly string[] };

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
      UPDATE attempt SET ended_at = now(), outcome = 'succeed', output_sha256 = ${output.sha256},
        stdout_tail = ${output.stdout}, stderr_tail = ${output.stderr}
      FROM held WHERE task_id = held.id AND attempt.number = held.number
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

/** `running` -> `queued`, due after `delayMs`; `charged` says whether the attempt counts towards the budget of faults. */
export async function setRetried(tx: Tx, row: HeldRow, retry: { delayMs: number; charged: boolean }): Promise<number> {
  return await tx.$executeRaw`
    UPDATE task SET state = 'queued', rung_at = CASE WHEN ${retry.delayMs} = 0 THEN now() END, available_at = now() + make_interval(secs => ${retry.delayMs / 1000}::float8),
      infrastructure_faults = infrastructure_faults + ${retry.charged ? 1 : 0}
    WHERE id = ${row.taskId} AND attempt = ${row.attempt} AND state = 'running'`;
}

/** `queued` -> `running`: the holder that was thought lost renewed its lease before anybody else claimed the task. */
export async function setRunningAgain(tx: Tx, row: HeldRow): Promise<number> {
  return await tx.$executeRaw`
    UPDATE task SET state = 'running' WHERE id = ${row.taskId} AND attempt = ${row.attempt} AND state = 'queued'`;
}

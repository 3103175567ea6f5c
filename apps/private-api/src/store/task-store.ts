import { V1_LIMITS } from '@inference/contracts';
import type { Prisma, Tx } from '@inference/database';
import type { Pool, ResourceAsks, TaskState } from '@inference/domain';
import { isDue } from './is-due.ts';
import { seenBy, type Viewer } from './viewer.ts';

export type TaskRow = Prisma.TaskGetPayload<{ include: { model: true } }>;

/** Names the locks on owners' queues among the advisory locks of the database. */
const QUEUE_LOCKS = 7_421;

/** A task to be. */
export type NewTask = {
  readonly uid: string;
  readonly owner: string;
  readonly pool: Pool;
  /** Why it ends as impossible at once; null: it waits. */
  readonly failsWith: string | null;
  readonly modelId: number;
  readonly input: { readonly key: string; readonly bytes: number; readonly sha256: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly timeLimitMs: number | null;
  /** From its acceptance to its end. */
  readonly deadlineMs: number | null;
  /** 1: high, 0: normal, -1: low, as people see it, ... */
  readonly priority: number;
  /** ... and by how much it goes before a task of the same age, in milliseconds. */
  readonly headStartMs: number;
  readonly asks: ResourceAsks;
  /** It is claimed while its owner has fewer running; null: however many there are. */
  readonly runningMax: number | null;
  /** So many tasks of its model may wait, this one included; null: any number. */
  readonly modelQueuedMax: number | null;
  /** The owner's own name for it; null where it has none. */
  readonly clientKey: string | null;
  /** So many of the owner's tasks may wait, this one included; null: any number. */
  readonly queuedMax: number | null;
  /** The row of the task that it repeats; null where it repeats none. */
  readonly retryOf: number | null;
};

/**
 * The task and its first event, in one statement: one round trip, and one commit, is what a POST waits for. Answers false, and makes
 * nothing, where the owner has a task under the same name already, whoever was first by a moment, or as many waiting as may be.
 */
export async function insertTask(tx: Tx, task: NewTask): Promise<boolean> {
  const { uid, owner, pool, failsWith, modelId, input, timeLimitMs, deadlineMs, clientKey, queuedMax, modelQueuedMax, retryOf } = task;
  const { priority, headStartMs, runningMax } = task;
  const [labels, asks] = [JSON.stringify(task.labels), JSON.stringify(task.asks)];
  const made = await tx.$executeRaw`
    WITH made AS (
      INSERT INTO task (uid, owner, pool, model_id, input_key, input_bytes, input_sha256, labels, time_limit_ms, deadline_ms, deadline_at,
                        client_key, retry_of, priority, order_key, asks, running_max,
                        state, finished_at, failure_class, failure_reason)
      SELECT ${uid}, ${owner}, ${pool}, ${modelId}::int, ${input.key}, ${input.bytes}::bigint, ${input.sha256}, ${labels}::jsonb,
             ${timeLimitMs}::bigint, ${deadlineMs}::bigint, now() + make_interval(secs => ${deadlineMs}::float8 / 1000), ${clientKey}::text, ${retryOf}::int,
             ${priority}::int, (EXTRACT(epoch FROM now()) * 1000)::bigint - ${headStartMs}::bigint, ${asks}::jsonb, ${runningMax}::int,
             CASE WHEN ${failsWith}::text IS NULL THEN 'queued' ELSE 'failed' END, CASE WHEN ${failsWith}::text IS NOT NULL THEN now() END,
             CASE WHEN ${failsWith}::text IS NOT NULL THEN 'impossible' END, ${failsWith}::text
      WHERE (${queuedMax}::int IS NULL
             OR (SELECT count(*) FROM (SELECT 1 FROM task WHERE owner = ${owner} AND state = 'queued' LIMIT ${queuedMax}::int) AS waiting)
                < ${queuedMax}::int)
        AND (${modelQueuedMax}::int IS NULL
             OR (SELECT count(*) FROM (SELECT 1 FROM task WHERE model_id = ${modelId} AND state = 'queued' LIMIT ${modelQueuedMax}::int) AS waiting)
                < ${modelQueuedMax}::int)
      ON CONFLICT (owner, client_key) WHERE client_key IS NOT NULL DO NOTHING RETURNING id
    )
    INSERT INTO event (task_id, kind, text) SELECT id, 'submitted', '' FROM made
    UNION ALL SELECT id, 'failed', ${failsWith}::text FROM made WHERE ${failsWith}::text IS NOT NULL`;
  return made > 0;
}

/** Lets one transaction after the other add to an owner's waiting tasks, so that each counts those of the ones before. */
export async function lockQueueOf(tx: Tx, owner: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${QUEUE_LOCKS}::int, hashtext(${owner}))`;
}

/** Whether an owner has so many waiting tasks (1 or more). Uses task_queued_owner_idx. */
export async function hasQueued(tx: Tx, owner: string, count: number): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`
    SELECT 1 FROM task WHERE owner = ${owner} AND state = 'queued' OFFSET ${count - 1}::int LIMIT 1`;
  return rows.length > 0;
}

/** The task that an owner sent under a name before, and whether it asks for the same; null where there is none. */
export async function findByClientKey(
  tx: Tx,
  task: Pick<NewTask, 'owner' | 'clientKey' | 'modelId' | 'labels' | 'timeLimitMs' | 'deadlineMs' | 'priority' | 'asks'> & {
    readonly sha256: string;
  },
): Promise<{ uid: string; isSame: boolean } | null> {
  const { owner, clientKey, modelId, sha256, timeLimitMs, deadlineMs, priority } = task;
  const [labels, asks] = [JSON.stringify(task.labels), JSON.stringify(task.asks)];
  const [row] = await tx.$queryRaw<{ uid: string; isSame: boolean }[]>`
    SELECT uid, model_id = ${modelId} AND input_sha256 = ${sha256} AND labels = ${labels}::jsonb AND asks = ${asks}::jsonb AND priority = ${priority}::int
                AND (time_limit_ms, deadline_ms) IS NOT DISTINCT FROM (${timeLimitMs}::bigint, ${deadlineMs}::bigint) AS "isSame"
    FROM task WHERE owner = ${owner} AND client_key = ${clientKey}::text`;
  return row ?? null;
}

/** Whether an owner has a task under a name. */
export async function hasClientKey(tx: Tx, owner: string, clientKey: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`SELECT 1 FROM task WHERE owner = ${owner} AND client_key = ${clientKey}`;
  return rows.length > 0;
}

export function findTask(tx: Tx, uid: string): Promise<TaskRow | null> {
  return tx.task.findUnique({ where: { uid }, include: { model: true } });
}

/** A task that a viewer may see, be it deleted. */
export function findTaskFor(tx: Tx, uid: string, viewer: Viewer): Promise<TaskRow | null> {
  return tx.task.findUnique({ where: { uid, ...ownedBy(viewer) }, include: { model: true } });
}

function ownedBy(viewer: Viewer): { owner?: string } {
  return viewer === null ? {} : { owner: viewer };
}

/** What a client that asks for the output must know. */
export type OutputRow = {
  id: number;
  pool: Pool;
  orderKey: bigint;
  attempt: number;
  state: TaskState;
  isPurged: boolean;
  outputKey: string | null;
  outputBytes: bigint | null;
  outputSha256: string | null;
  failureReason: string | null;
};

/** One plain statement, as clients ask for outputs again and again while they wait. */
export async function findOutput(tx: Tx, uid: string, viewer: Viewer): Promise<OutputRow | null> {
  const [row] = await tx.$queryRaw<OutputRow[]>`
    SELECT id, pool, order_key AS "orderKey", attempt, state, purged_at IS NOT NULL AS "isPurged",
           output_key AS "outputKey", output_bytes AS "outputBytes", output_sha256 AS "outputSha256", failure_reason AS "failureReason"
    FROM task t WHERE uid = ${uid} AND ${seenBy(viewer)}`;
  return row ?? null;
}

/** The newest tasks of those that a viewer may see, deleted ones included, with the ids of their models. */
export function listTasks(tx: Tx, viewer: Viewer, countMax: number): Promise<TaskRow[]> {
  return tx.task.findMany({ where: ownedBy(viewer), include: { model: true }, orderBy: { id: 'desc' }, take: countMax });
}

/**
 * How many tasks of the same pool are older, head starts counted; no more are counted than are told. Owners take turns, so that some of them may
 * be served later. Uses task_queued_idx.
 */
export async function countBefore(tx: Tx, task: { id: number; pool: string; orderKey: bigint }): Promise<number> {
  const [row] = await tx.$queryRaw<{ before: number }[]>`
    SELECT count(*)::int AS before FROM (
      SELECT 1 FROM task WHERE state = 'queued' AND pool = ${task.pool} AND (order_key, id) < (${task.orderKey}, ${task.id})
      LIMIT ${V1_LIMITS.positionMax}::int) AS counted`;
  return row?.before ?? 0;
}

/** Makes ring-due-tasks tell the pool again: the ring did not get through. */
export async function forgetRing(tx: Tx, uid: string): Promise<void> {
  await tx.$executeRaw`UPDATE task SET rung_at = NULL WHERE uid = ${uid} AND state = 'queued'`;
}

/**
 * Takes the oldest due tasks of a pool that were not rung for a while, and marks them as rung: rings may be lost, this is why nothing
 * waits for ever. At most `countMax`, so that a million waiting tasks are no million messages. Uses task_queued_idx.
 */
export async function takeUnrung(tx: Tx, pool: Pool, limits: { silentSeconds: number; countMax: number }): Promise<{ uid: string }[]> {
  return await tx.$queryRaw<{ uid: string }[]>`
    UPDATE task SET rung_at = now() FROM (
      SELECT id FROM task WHERE state = 'queued' AND pool = ${pool} AND ${isDue()}
      ORDER BY order_key, id LIMIT ${limits.countMax}) AS oldest
    WHERE task.id = oldest.id AND task.state = 'queued'
      -- A time to come is of a clock that was set back since.
      AND (task.rung_at IS NULL OR task.rung_at < now() - make_interval(secs => ${limits.silentSeconds}::float8) OR task.rung_at > now())
    RETURNING task.uid`;
}

/** Leaves `queued` or `running` for what the user's cancel leads to; answers the new state, or null when there was nothing to cancel. */
export async function cancelTask(tx: Tx, uid: string): Promise<{ id: number; state: string } | null> {
  const [row] = await tx.$queryRaw<{ id: number; state: string }[]>`
    UPDATE task SET
      state = CASE state WHEN 'queued' THEN 'cancelled' ELSE 'cancelling' END,
      finished_at = CASE state WHEN 'queued' THEN now() END,
      failure_class = CASE state WHEN 'queued' THEN 'cancelled' END,
      failure_reason = CASE state WHEN 'queued' THEN 'The task was cancelled before it was started.' END
    WHERE uid = ${uid} AND state IN ('queued', 'running') RETURNING id, state`;
  return row ?? null;
}

/** Marks a task as deleted by its user, whose name for it is free again; answers whether it was there. */
export async function markDeleted(tx: Tx, uid: string): Promise<boolean> {
  return (await tx.$executeRaw`UPDATE task SET deleted_at = now(), client_key = NULL WHERE uid = ${uid} AND deleted_at IS NULL`) > 0;
}

/** The first pin wins: an image whose tag moves between attempts stays what it was. */
export async function pinImage(tx: Tx, taskId: number, image: string): Promise<string> {
  const [row] = await tx.$queryRaw<{ pinned_image: string }[]>`
    UPDATE task SET pinned_image = coalesce(pinned_image, ${image}) WHERE id = ${taskId} RETURNING pinned_image`;
  return row?.pinned_image ?? image;
}

/** Ends GPU tasks that have waited for so long since they were queued, at most so many. */
export async function failWaitingGpuTasks(
  tx: Tx,
  { waitedHours, reason, countMax }: { waitedHours: number; reason: string; countMax: number },
): Promise<{ uid: string }[]> {
  return await tx.$queryRaw<{ uid: string }[]>`
    WITH ended AS (
      UPDATE task SET state = 'failed', finished_at = now(), failure_class = 'impossible', failure_reason = ${reason}
      WHERE state = 'queued' AND id IN (
        SELECT id FROM task WHERE state = 'queued' AND pool = 'docker-gpu' AND available_at < now() - make_interval(hours => ${waitedHours}::int)
        ORDER BY order_key, id LIMIT ${countMax}::int FOR UPDATE SKIP LOCKED)
      RETURNING id, uid
    ), noted AS (
      INSERT INTO event (task_id, kind, text) SELECT id, 'failed', ${reason} FROM ended
    )
    SELECT uid FROM ended`;
}

/** Lets waiting GPU tasks run without one (the admin allows it). */
export async function moveWaitingGpuTasksToCpu(tx: Tx): Promise<number> {
  return await tx.$executeRaw`UPDATE task SET pool = 'docker-cpu', rung_at = NULL WHERE state = 'queued' AND pool = 'docker-gpu'`;
}

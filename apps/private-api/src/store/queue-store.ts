import type { NodeInfo } from '@inference/contracts';
import { Prisma, type Tx } from '@inference/database';
import type { Pool, ResourceAsks } from '@inference/domain';
import { decidedCount, isClaimable } from './claim-store.ts';
import { expectedMs, waitingOwners } from './turns.ts';

/** A decision looks at so many waiting tasks of a pool, and at so many of each owner, however many owners there are. More cost more. */
export const LOOKED_AT = { few: { tasks: 100, ofOwner: 2 }, many: { tasks: 1_000, ofOwner: 10 } } as const;
/** A consumer that has said nothing for so long, in seconds, gets nothing, and nothing is kept for it. */
const SILENT_SECONDS = 120;

/** A task that waits, and what decides about it. Times in milliseconds, those that name no duration since 1970. */
export type WaitingRow = {
  id: number;
  uid: string;
  owner: string;
  orderKey: number;
  asks: ResourceAsks;
  /** How long an attempt may run, how long half of its model's take, and 95 of 100. */
  limitMs: number;
  expectedMs: number;
  longMs: number | null;
  createdAtMs: number;
  /** What its owner has used, in thousandths of a GPU-second: the same in each of the owner's rows. */
  ownerMillis: number;
};

/** A consumer that serves a pool. */
export type NodeRow = { id: string; node: NodeInfo | null; isTroubled: boolean; isSilent: boolean };

/** What an attempt holds of a consumer's machine. */
export type HoldRow = {
  /** The task's. */
  id: number;
  uid: string;
  attempt: number;
  consumerId: string;
  asks: ResourceAsks;
  gpuUuids: string[];
  /** When its model is stopped at the latest, if its consumer began at once; null: its consumer is lost, and nobody knows. */
  limitAtMs: number | null;
  /** When it is over if it takes as long as its model usually does. */
  expectedAtMs: number;
};

/** What decides who is next in a pool, all as of one moment. */
export type QueueRows = {
  nowMs: number;
  /** Claims that had been decided. */
  decided: number;
  /** Of an owner with so many tasks in the list more may wait. */
  ofOwnerMax: number;
  waiting: WaitingRow[];
  nodes: NodeRow[];
  holds: HoldRow[];
};

/**
 * The due tasks of a pool that decide who is next: of each owner the oldest (head starts counted), the more the fewer owners there are; without those
 * of whose owner or model as many run as may. With them the consumers that serve the pool and are known, and what is held of any: by every attempt
 * under way, and by every one that is over and still holds devices. In one text: to make objects of rows and columns takes longer than the statement.
 *
 * Uses task_queued_owner_order_idx, task_held_idx and device_lease_live_idx.
 */
export async function readQueue(tx: Tx, pool: Pool, holding: readonly string[], look: keyof typeof LOOKED_AT): Promise<QueueRows> {
  const { tasks, ofOwner } = LOOKED_AT[look];
  const [row] = await tx.$queryRaw<{ queue: QueueRows }[]>`
    WITH RECURSIVE ${waitingOwners(pool)}, busy AS (
      SELECT model_id, count(*) AS attempts FROM task WHERE state IN ('running', 'cancelling') GROUP BY model_id
    ), looked_at AS (
      SELECT greatest(${ofOwner}::int, ${tasks}::int / greatest(count(*), 1)) AS of_owner FROM owners
    ), waiting AS (
      SELECT c.id, c.uid, o.owner, c.order_key AS "orderKey", c.asks, least(c.time_limit_ms, c.time_ms) AS "limitMs", c.expected_ms AS "expectedMs",
             c.long_ms AS "longMs", ${milliseconds(Prisma.sql`c.created_at`)} AS "createdAtMs", o.gpu_millis AS "ownerMillis"
      FROM owners o, LATERAL (
        SELECT task.id, task.uid, order_key, task.asks, time_limit_ms, task.created_at, m.time_ms, m.long_ms, ${expectedMs()} AS expected_ms
        FROM task JOIN model m ON m.id = model_id
        WHERE state = 'queued' AND pool = ${pool} AND owner = o.owner AND ${isClaimable(holding)}
          AND (task.running_max IS NULL OR task.running_max > o.running)
          AND (m.running_max IS NULL OR m.running_max > coalesce((SELECT attempts FROM busy WHERE busy.model_id = m.id), 0))
        ORDER BY order_key, task.id LIMIT (SELECT of_owner FROM looked_at)) c
    ), nodes AS (${nodesOf(pool)}), holding AS (
      SELECT t.id, t.attempt FROM task t WHERE t.state IN ('running', 'cancelling')
      UNION SELECT task_id, attempt FROM device_lease WHERE ended_at IS NULL
    ), holds AS (
      SELECT t.id, t.uid, a.number AS attempt, a.consumer_id AS "consumerId", t.asks,
             ARRAY(SELECT d.device_uuid FROM device_lease d WHERE d.task_id = t.id AND d.attempt = a.number AND d.ended_at IS NULL ORDER BY d.id) AS "gpuUuids",
             CASE WHEN a.outcome = 'lost' THEN NULL
                  ELSE ${milliseconds(Prisma.sql`a.started_at`)} + least(t.time_limit_ms, m.time_ms) END AS "limitAtMs",
             ${milliseconds(Prisma.sql`a.started_at`)} + ${expectedMs()} AS "expectedAtMs"
      FROM holding h JOIN task t ON t.id = h.id JOIN attempt a ON a.task_id = t.id AND a.number = h.attempt JOIN model m ON m.id = t.model_id
    )
    SELECT json_build_object(
      'nowMs', ${milliseconds(Prisma.sql`now()`)}, 'decided', ${decidedCount()}, 'ofOwnerMax', (SELECT of_owner FROM looked_at),
      'waiting', (SELECT coalesce(json_agg(waiting ORDER BY waiting.id), '[]') FROM waiting),
      'nodes', (SELECT coalesce(json_agg(nodes ORDER BY nodes.id), '[]') FROM nodes),
      'holds', (SELECT coalesce(json_agg(holds ORDER BY holds.id, holds.attempt), '[]') FROM holds)) AS queue`;
  if (row === undefined) throw new Error('A statement of one row answered none.');
  return row.queue;
}

/** The consumers that serve a pool and are known, by their ids. */
export async function listNodes(tx: Tx, pool: Pool): Promise<NodeRow[]> {
  return await tx.$queryRaw<NodeRow[]>`${nodesOf(pool)} ORDER BY id`;
}

function nodesOf(pool: Pool): Prisma.Sql {
  return Prisma.sql`
    SELECT id, node, trouble ? ${pool} AS "isTroubled", seen_at < now() - make_interval(secs => ${SILENT_SECONDS}::float8) AS "isSilent"
    FROM consumer WHERE ${pool} = ANY (pools)`;
}

/** A time as JavaScript counts it. */
function milliseconds(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`floor(EXTRACT(epoch FROM ${time}) * 1000)::float8`;
}

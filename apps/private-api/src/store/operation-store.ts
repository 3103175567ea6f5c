import type { Tx } from '@inference/database';
import type { Pool } from '@inference/domain';
import { seenBy, type Viewer } from './viewer.ts';

export type ConsumerRow = {
  id: string;
  owner: string | null;
  pools: Pool[];
  gpus: number;
  trouble: Partial<Record<Pool, string>>;
  seenAt: Date;
  running: number;
};

/** The consumers, the newest sign of life first, with how many tasks each runs. */
export async function listConsumers(tx: Tx, countMax: number): Promise<ConsumerRow[]> {
  return await tx.$queryRaw<ConsumerRow[]>`
    SELECT c.id, c.owner, c.pools, c.gpus, c.trouble, c.seen_at AS "seenAt",
           (SELECT count(*)::int FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
            WHERE t.state IN ('running', 'cancelling') AND a.consumer_id = c.id) AS running
    FROM consumer c ORDER BY c.seen_at DESC, c.id LIMIT ${countMax}::int`;
}

export type PoolRow = { pool: Pool; queued: number; running: number; oldestSeconds: number | null; consumers: number };

/**
 * What waits and what runs, for each of these pools, each by its own partial index: tasks that have ended are many, and kept.
 *
 * @param knownHours consumers that were silent for longer do not count
 */
export async function countByPool(tx: Tx, pools: readonly Pool[], knownHours: number): Promise<PoolRow[]> {
  return await tx.$queryRaw<PoolRow[]>`
    WITH waiting AS (
      SELECT pool, count(*)::int AS tasks, min(created_at) AS since FROM task WHERE state = 'queued' GROUP BY pool
    ), held AS (
      SELECT pool, count(*)::int AS tasks FROM task WHERE state IN ('running', 'cancelling') GROUP BY pool
    )
    SELECT p.pool, coalesce(waiting.tasks, 0) AS queued, coalesce(held.tasks, 0) AS running,
           extract(epoch FROM now() - waiting.since)::float8 AS "oldestSeconds",
           (SELECT count(*)::int FROM consumer c
            WHERE p.pool = ANY (c.pools) AND c.seen_at > now() - make_interval(hours => ${knownHours}::int)) AS consumers
    FROM unnest(${pools}::text[]) WITH ORDINALITY AS p (pool, place)
    LEFT JOIN waiting ON waiting.pool = p.pool LEFT JOIN held ON held.pool = p.pool ORDER BY p.place`;
}

/** A GPU that a consumer has named. */
export type GpuRow = {
  uuid: string;
  name: string;
  consumer: string;
  memoryBytes: number;
  kind: string;
  trouble: string | null;
  task: string | null;
  heldSince: Date | null;
  seenAt: Date;
};

/** The GPUs of all consumers, since when they are held, and by which task, where the viewer may know of that. Uses device_lease_live_idx. */
export async function listGpus(tx: Tx, viewer: Viewer, countMax: number): Promise<GpuRow[]> {
  return await tx.$queryRaw<GpuRow[]>`
    SELECT d ->> 'uuid' AS uuid, d ->> 'name' AS name, c.id AS consumer, (d ->> 'memoryBytes')::float8 AS "memoryBytes", d ->> 'kind' AS kind,
           d ->> 'trouble' AS trouble, t.uid AS task, l.taken_at AS "heldSince", c.seen_at AS "seenAt"
    FROM consumer c CROSS JOIN LATERAL jsonb_array_elements(c.node -> 'devices') WITH ORDINALITY AS device (d, place)
    LEFT JOIN device_lease l ON l.device_uuid = d ->> 'uuid' AND l.ended_at IS NULL LEFT JOIN task t ON t.id = l.task_id AND ${seenBy(viewer)}
    ORDER BY c.id, place LIMIT ${countMax}::int`;
}

import { CPU_TASK_SHARE, USE_HALF_LIFE_MS } from '@inference/allocator';
import { Prisma } from '@inference/database';
import type { Pool } from '@inference/domain';

/** A model of which no attempt has succeeded yet is expected to run so long, in milliseconds. */
export const EXPECTED_MS = 60_000;
/** Owners of one pool who wait at the same time, at most; of these so many have their turns looked at: those who have used least. */
export const OWNERS_MAX = 10_000;
export const OWNERS_LOOKED_AT_MAX = 256;

/** How long an attempt of a model `m` is expected to run, in milliseconds. */
export const expectedMs = (): Prisma.Sql => Prisma.sql`coalesce(m.typical_ms, ${EXPECTED_MS}::bigint)::float8`;

/** What an owner has used, in thousandths of a GPU-second as they count now: `decayedUse` of packages/allocator, of a row `u`. */
const decayed = (): Prisma.Sql =>
  Prisma.sql`(u.gpu_millis * power(2, -greatest(0, EXTRACT(epoch FROM now() - u.at)::float8 * 1000) / ${USE_HALF_LIFE_MS}::float8))`;

/**
 * The parts `walk`, `running` and `owners` of a statement WITH RECURSIVE. `owners` are those with waiting tasks in a pool, those first who have
 * used least: `owner`, `running` (their attempts under way, in any pool) and `gpu_millis` (what they have used and what those will have used).
 * Each is found by one look at task_queued_owner_order_idx, however many tasks they have.
 */
export function waitingOwners(pool: Pool): Prisma.Sql {
  return Prisma.sql`
    walk (owner) AS (
      (SELECT owner FROM task WHERE state = 'queued' AND pool = ${pool} ORDER BY owner LIMIT 1)
      UNION ALL
      SELECT (SELECT task.owner FROM task WHERE state = 'queued' AND pool = ${pool} AND task.owner > walk.owner ORDER BY task.owner LIMIT 1)
      FROM walk WHERE walk.owner IS NOT NULL
    ), running AS (
      SELECT t.owner, count(*)::int AS attempts, sum(${shareOf()} * greatest(${expectedMs()}, EXTRACT(epoch FROM now() - a.started_at)::float8 * 1000)) AS millis
      FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt JOIN model m ON m.id = t.model_id
      WHERE t.state IN ('running', 'cancelling') GROUP BY t.owner
    ), owners AS (
      SELECT w.owner, coalesce(r.attempts, 0) AS running, coalesce(${decayed()}, 0) + coalesce(r.millis, 0) AS gpu_millis
      FROM (SELECT owner FROM walk WHERE owner IS NOT NULL LIMIT ${OWNERS_MAX}) w
      LEFT JOIN owner_use u ON u.owner = w.owner LEFT JOIN running r ON r.owner = w.owner
      ORDER BY gpu_millis, w.owner LIMIT ${OWNERS_LOOKED_AT_MAX}
    )`;
}

/** How many GPUs an attempt under way of a task `t` counts as. */
function shareOf(): Prisma.Sql {
  return Prisma.sql`
    CASE WHEN t.pool = 'docker-gpu'
         THEN greatest(${CPU_TASK_SHARE}::float8, (SELECT count(*) FROM device_lease d WHERE d.task_id = t.id AND d.attempt = t.attempt))
         ELSE ${CPU_TASK_SHARE}::float8 END`;
}

/**
 * A part of a statement that adds what was used to what the owners have used. `rows`: a part with `owner` and `millis`, one row for each owner; it
 * is to be ordered by owner, so that two statements cannot lock each other out.
 */
export function addUse(rows: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO owner_use AS u (owner, gpu_millis, at) SELECT owner, floor(millis)::bigint, now() FROM ${rows}
    ON CONFLICT (owner) DO UPDATE SET gpu_millis = floor(${decayed()})::bigint + excluded.gpu_millis, at = now()`;
}

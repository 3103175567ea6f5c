import { CPU_TASK_SHARE } from '@inference/allocator';
import { Prisma, type Tx } from '@inference/database';
import type { Pool } from '@inference/domain';
import { isDue } from './is-due.ts';
import { SPEC_COLUMNS, type SpecRow } from './model-store.ts';
import { expectedMs, waitingOwners } from './turns.ts';

/** A claim looks at so many tasks of each owner: as many claims of the same owner's tasks can go side by side. More cost more. */
export const CLAIMS_AT_ONCE = { few: 4, many: 32 } as const;
/** The setting that counts the claims that were decided. */
const DECIDED = 'claims_decided';

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
  gpuUuids: string[];
};

/** The attempt that an earlier call with this claim id made. */
export async function findClaim(tx: Tx, claimId: string): Promise<ClaimRow | null> {
  const [row] = await tx.$queryRaw<ClaimRow[]>`
    SELECT t.uid AS "taskUid", a.number AS attempt, a.token, t.pinned_image AS "pinnedImage",
           t.input_bytes AS "inputBytes", t.input_sha256 AS "inputSha256", t.time_limit_ms AS "taskTimeMs",
           ARRAY(SELECT d.device_uuid FROM device_lease d WHERE d.task_id = t.id AND d.attempt = a.number ORDER BY d.id) AS "gpuUuids", ${SPEC_COLUMNS}
    FROM attempt a JOIN task t ON t.id = a.task_id JOIN model ON model.id = t.model_id WHERE a.claim_id = ${claimId}`;
  return row ?? null;
}

/** `holding`: tasks of which the consumer has an attempt. */
export type NewClaim = {
  pool: Pool;
  holding: readonly string[];
  claimId: string;
  owner: string;
  consumerId: string;
  bootId: string;
  token: string;
};

/**
 * Takes the due task of a pool whose turn it is, and makes its attempt: the oldest (head starts counted) of the owner who has used least. SKIP
 * LOCKED lets claims run side by side without waiting for each other. No task is taken of which the consumer still has an attempt in its hands:
 * that one may be lost, yet its result counts as long as nobody claims the task. Tasks are locked one by one, in their order, until one is got.
 *
 * Takes nothing while a task waits in the pool that asks for something of a machine, or of whose owner or model only so many may run: that is
 * for `claimDecided`. What is locked is looked at once more: another may have claimed the task meanwhile, and failed. Uses
 * task_queued_owner_order_idx.
 */
export async function claimNext(tx: Tx, claim: NewClaim, atOnce: keyof typeof CLAIMS_AT_ONCE): Promise<ClaimRow | null> {
  const { pool, holding, token } = claim;
  const [row] = await tx.$queryRaw<ClaimRow[]>`
    WITH RECURSIVE ${waitingOwners(pool)}, due AS (
      SELECT c.id, c.order_key, o.gpu_millis + sum(c.millis) OVER (PARTITION BY o.owner ORDER BY c.order_key, c.id) - c.millis AS turn
      FROM owners o, LATERAL (
        SELECT task.id, order_key, ${expectedMs()} * ${CPU_TASK_SHARE}::float8 AS millis FROM task JOIN model m ON m.id = model_id
        WHERE state = 'queued' AND pool = ${pool} AND owner = o.owner AND ${isClaimable(holding)}
        ORDER BY order_key, task.id LIMIT ${CLAIMS_AT_ONCE[atOnce]}) c
    ), next AS (
      SELECT task.id FROM (SELECT id FROM due WHERE NOT ${special(pool)} AND ${isTheirs(claim)} ORDER BY turn, order_key, id) turns,
        LATERAL (SELECT id FROM task WHERE id = turns.id AND state = 'queued' AND ${isDue()} FOR UPDATE SKIP LOCKED) task LIMIT 1
    ), ${claimOfNext(claim)}
    SELECT claimed.uid AS "taskUid", attempt, ${token} AS token, pinned_image AS "pinnedImage", '{}'::text[] AS "gpuUuids",
           input_bytes AS "inputBytes", input_sha256 AS "inputSha256", time_limit_ms AS "taskTimeMs", ${SPEC_COLUMNS}
    FROM claimed JOIN model ON model.id = claimed.model_id`;
  return row ?? null;
}

/** A task that was decided on, and how many claims had been decided when that was. */
export type Decision = { readonly taskId: number; readonly gpuUuids: readonly string[]; readonly decided: number };

/**
 * Takes a task that was decided on, with devices that are free, and makes its attempt; null where it does not wait any more, or another claim was
 * decided since: what that took is not in the decision. A device that another holds is a `duplicate`.
 */
export async function claimDecided(tx: Tx, claim: NewClaim, { taskId, decided, ...decision }: Decision): Promise<ClaimRow | null> {
  const { consumerId, bootId, token } = claim;
  const gpuUuids = [...decision.gpuUuids];
  const [row] = await tx.$queryRaw<ClaimRow[]>`
    WITH turn AS (
      INSERT INTO setting (key, value) VALUES (${DECIDED}, (${decided}::bigint + 1)::text)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE setting.value = ${decided}::bigint::text RETURNING key
    ), next AS (
      SELECT task.id FROM turn, task WHERE task.id = ${taskId} AND state = 'queued' AND ${isTheirs(claim)} FOR UPDATE OF task
    ), ${claimOfNext(claim)}, leased AS (
      INSERT INTO device_lease (device_uuid, task_id, attempt, consumer_id, boot_id)
      SELECT device.uuid, claimed.id, claimed.attempt, ${consumerId}, ${bootId}
      FROM claimed, unnest(${gpuUuids}::text[]) WITH ORDINALITY AS device (uuid, place) ORDER BY device.place
    )
    SELECT claimed.uid AS "taskUid", attempt, ${token} AS token, pinned_image AS "pinnedImage", ${gpuUuids}::text[] AS "gpuUuids",
           input_bytes AS "inputBytes", input_sha256 AS "inputSha256", time_limit_ms AS "taskTimeMs", ${SPEC_COLUMNS}
    FROM claimed JOIN model ON model.id = claimed.model_id`;
  return row ?? null;
}

/** What makes an attempt of the task that a part `next` of the statement has locked. The state in the UPDATE is what makes the claim single. */
function claimOfNext({ claimId, consumerId, bootId, token }: NewClaim): Prisma.Sql {
  return Prisma.sql`
    claimed AS (
      UPDATE task SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, now()),
        progress = NULL, progress_text = ''
      FROM next WHERE task.id = next.id AND state = 'queued' RETURNING task.*
    ), made AS (
      INSERT INTO attempt (task_id, number, token, claim_id, consumer_id, boot_id)
      SELECT id, attempt, ${token}, ${claimId}, ${consumerId}, ${bootId} FROM claimed
    ), noted AS (
      INSERT INTO event (task_id, kind, attempt, text) SELECT id, 'claimed', attempt, ${consumerId} FROM claimed
    )`;
}

/** Leaves out what is not due, what the consumer still has in its hands, and what its deadline is about to end. */
export function isClaimable(holding: readonly string[]): Prisma.Sql {
  return Prisma.sql`${isDue()} AND task.uid <> ALL (${holding}) AND (deadline_at IS NULL OR deadline_at > now())`;
}

/** Nothing is taken in the name of a consumer that belongs to another owner's key. */
function isTheirs({ consumerId, owner }: Pick<NewClaim, 'consumerId' | 'owner'>): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (SELECT 1 FROM consumer WHERE consumer.id = ${consumerId} AND consumer.owner <> ${owner})`;
}

/** How many claims were decided, within a statement. */
export function decidedCount(): Prisma.Sql {
  return Prisma.sql`coalesce((SELECT value::bigint FROM setting WHERE key = ${DECIDED}), 0)`;
}

/** What waits in a pool: nothing, tasks of which any may be the next, or some about which a claim takes a decision. */
export type Waiting = { isAny: boolean; isSpecial: boolean };

export async function whatWaits(tx: Tx, pool: Pool): Promise<Waiting> {
  const [row] = await tx.$queryRaw<Waiting[]>`
    SELECT EXISTS (SELECT 1 FROM task WHERE state = 'queued' AND pool = ${pool}) AS "isAny", ${special(pool)} AS "isSpecial"`;
  return row ?? { isAny: false, isSpecial: false };
}

/** Whether a task waits that asks for something of a machine, or of whose owner or model only so many may run. Uses task_queued_special_idx and task_queued_model_idx. */
function special(pool: Pool): Prisma.Sql {
  return Prisma.sql`(
    EXISTS (SELECT 1 FROM task s WHERE s.state = 'queued' AND s.pool = ${pool} AND (s.asks <> '{}' OR s.running_max IS NOT NULL))
    OR EXISTS (SELECT 1 FROM model limited WHERE limited.running_max IS NOT NULL
               AND EXISTS (SELECT 1 FROM task s WHERE s.model_id = limited.id AND s.state = 'queued' AND s.pool = ${pool})))`;
}

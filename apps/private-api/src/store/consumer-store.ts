import type { NodeInfo } from '@inference/contracts';
import { Prisma, type Tx } from '@inference/database';
import type { Pool } from '@inference/domain';

/** A consumer that was silent for longer is forgotten: what only it could run is impossible from then on. */
export const CONSUMER_KNOWN_HOURS = 24;

/** Notes a consumer; tells whether it was started since it was last noted. Null where its name belongs to another owner's key, and nothing is noted. */
export async function upsertConsumer(
  tx: Tx,
  consumer: {
    owner: string;
    consumerId: string;
    bootId: string;
    pools: readonly string[];
    gpus: number;
    trouble: Readonly<Partial<Record<Pool, string>>>;
    node: NodeInfo | null;
  },
): Promise<{ isNewBoot: boolean } | null> {
  const { owner, consumerId, bootId, pools, gpus } = consumer;
  const trouble = JSON.stringify(consumer.trouble);
  const node = consumer.node === null ? null : JSON.stringify(consumer.node);
  // The sub-query sees the row as it was before the statement.
  const [row] = await tx.$queryRaw<{ isNewBoot: boolean }[]>`
    INSERT INTO consumer (id, owner, boot_id, pools, gpus, trouble, node, seen_at)
    VALUES (${consumerId}, ${owner}, ${bootId}, ${pools}, ${gpus}, ${trouble}::jsonb, ${node}::jsonb, now())
    ON CONFLICT (id) DO UPDATE SET owner = ${owner}, boot_id = ${bootId}, pools = ${pools}, gpus = ${gpus}, trouble = ${trouble}::jsonb,
        node = ${node}::jsonb, seen_at = now()
      WHERE coalesce(consumer.owner, ${owner}) = ${owner} OR consumer.seen_at < now() - make_interval(hours => ${CONSUMER_KNOWN_HOURS}::int)
    RETURNING (SELECT before.boot_id FROM consumer before WHERE before.id = ${consumerId}) IS DISTINCT FROM ${bootId} AS "isNewBoot"`;
  return row ?? null;
}

/** Whether the name of a consumer belongs to another owner's key. */
export async function isOfAnother(tx: Tx, consumerId: string, owner: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`SELECT 1 FROM consumer WHERE id = ${consumerId} AND owner <> ${owner}`;
  return rows.length > 0;
}

/** Forgets a consumer, whose name is free for any key then; answers whose it was, or null where there is none. */
export async function deleteConsumer(tx: Tx, consumerId: string): Promise<{ owner: string | null } | null> {
  const [row] = await tx.$queryRaw<{ owner: string | null }[]>`DELETE FROM consumer WHERE id = ${consumerId} RETURNING owner`;
  return row ?? null;
}

/** What is known of the consumers that serve a pool; `gpus` counts only theirs. */
export type PoolSupply = { readonly known: number; readonly serving: number; readonly gpus: number; readonly trouble: string };

/**
 * Whether no consumer has a GPU, as far as is known. Nobody knows while none has started, nor while those that serve the pool have trouble:
 * a driver that is out of order, say.
 */
export function isWithoutGpu({ known, gpus, trouble }: PoolSupply): boolean {
  return known > 0 && gpus === 0 && trouble === '';
}

/** How a pool is served: by how many consumers, with how many GPUs, and what is wrong when all of them have trouble. */
export async function poolSupply(tx: Tx, pool: Pool): Promise<PoolSupply> {
  const [row] = await tx.$queryRaw<PoolSupply[]>`${supplyOf(Prisma.sql`${pool}`)}`;
  return row ?? { known: 0, serving: 0, gpus: 0, trouble: '' };
}

/** The statement that finds a `PoolSupply`. `pool`: a value, or the column of a statement around it. */
export function supplyOf(pool: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT count(*)::int AS known,
           (count(*) FILTER (WHERE ${pool} = ANY (c.pools)))::int AS serving,
           coalesce(sum(c.gpus) FILTER (WHERE ${pool} = ANY (c.pools)), 0)::int AS gpus,
           CASE WHEN bool_and(c.trouble ? ${pool}) FILTER (WHERE ${pool} = ANY (c.pools))
                THEN max(c.trouble ->> ${pool}) FILTER (WHERE ${pool} = ANY (c.pools)) ELSE '' END AS trouble
    FROM consumer c WHERE c.seen_at > now() - make_interval(hours => ${CONSUMER_KNOWN_HOURS}::int)`;
}

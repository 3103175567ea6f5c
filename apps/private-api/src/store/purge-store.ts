import { Prisma, type Tx } from '@inference/database';

/** What is true of ended tasks whose files may go: deleted by their user, or older than the retention. Uses task_unpurged_idx. */
const purgeable = (keepSeconds: number) => Prisma.sql`
  finished_at IS NOT NULL AND purged_at IS NULL
  AND (deleted_at IS NOT NULL OR finished_at < now() - make_interval(secs => ${keepSeconds}::float8))`;

/** Ended tasks whose files may go, the oldest first. */
export async function findPurgeable(tx: Tx, keepSeconds: number, countMax: number): Promise<{ id: number }[]> {
  return await tx.$queryRaw<{ id: number }[]>`
    SELECT id FROM task WHERE ${purgeable(keepSeconds)} ORDER BY finished_at LIMIT ${countMax}`;
}

export type PurgeRow = { id: number; inputKey: string; outputKey: string | null };

/** Such a task, kept as it is until the end of the transaction; null where it is none any more, or somebody changes it right now. */
export async function lockPurgeable(tx: Tx, id: number, keepSeconds: number): Promise<PurgeRow | null> {
  const [row] = await tx.$queryRaw<PurgeRow[]>`
    SELECT id, input_key AS "inputKey", output_key AS "outputKey" FROM task
    WHERE id = ${id} AND ${purgeable(keepSeconds)} FOR UPDATE SKIP LOCKED`;
  return row ?? null;
}

/** Notes that the files of an ended task are gone. */
export async function markPurged(tx: Tx, id: number): Promise<void> {
  await tx.$executeRaw`UPDATE task SET purged_at = now() WHERE id = ${id} AND finished_at IS NOT NULL`;
}

/** Which of these keys some row still names. */
export async function findReferencedKeys(tx: Tx, keys: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ key: string }[]>`
    SELECT input_key AS key FROM task WHERE input_key = ANY (${keys}) AND purged_at IS NULL
    UNION SELECT output_key FROM task WHERE output_key = ANY (${keys}) AND purged_at IS NULL
    UNION SELECT zip_key FROM model WHERE zip_key = ANY (${keys})`;
  return new Set(rows.map((row) => row.key));
}

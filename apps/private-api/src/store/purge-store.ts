import { Prisma, type Tx } from '@inference/database';

/** What is true of ended tasks whose files are still there, ... */
const KEPT = Prisma.sql`finished_at IS NOT NULL AND purged_at IS NULL`;
/** ... and of those whose files may go as their user deleted them, or as the retention is over. */
const DELETED = Prisma.sql`${KEPT} AND deleted_at IS NOT NULL`;
const expired = (keepSeconds: number) => Prisma.sql`${KEPT} AND finished_at < now() - make_interval(secs => ${keepSeconds}::float8)`;

/** Ended tasks whose files may go, the oldest first. Uses task_deleted_idx and task_unpurged_idx: of all others none is looked at. */
export async function findPurgeable(tx: Tx, keepSeconds: number, countMax: number): Promise<{ id: number }[]> {
  const oldest = Prisma.sql`ORDER BY finished_at, id LIMIT ${countMax}::int`;
  return await tx.$queryRaw<{ id: number }[]>`
    SELECT id FROM (
      (SELECT id, finished_at FROM task WHERE ${DELETED} ${oldest})
      UNION (SELECT id, finished_at FROM task WHERE ${expired(keepSeconds)} ${oldest})
    ) purgeable ${oldest}`;
}

export type PurgeRow = { id: number; inputKey: string; outputKey: string | null; isDeleted: boolean };

/** Such a task, kept as it is until the end of the transaction; null where it is none any more, or somebody changes it right now. */
export async function lockPurgeable(tx: Tx, id: number, keepSeconds: number): Promise<PurgeRow | null> {
  const [row] = await tx.$queryRaw<PurgeRow[]>`
    SELECT id, input_key AS "inputKey", output_key AS "outputKey", deleted_at IS NOT NULL AS "isDeleted" FROM task
    WHERE id = ${id} AND (${DELETED} OR ${expired(keepSeconds)}) FOR UPDATE SKIP LOCKED`;
  return row ?? null;
}

/** Notes that the files of an ended task are gone, and empties what its model printed: the last lines, and what it said of its progress. */
export async function markPurged(tx: Tx, id: number): Promise<void> {
  await tx.$executeRaw`
    WITH emptied AS (UPDATE attempt SET stdout_tail = '{}', stderr_tail = '{}' WHERE task_id = ${id})
    UPDATE task SET purged_at = now(), progress_text = '' WHERE id = ${id} AND finished_at IS NOT NULL`;
}

/**
 * Empties every text of a task that may tell of who it is about: labels, warnings (names of files), failures (lines of a model), progress, last
 * lines, and the texts of its events. What stays is the row: whose it was, of which model, when, and how it ended.
 */
export async function eraseTexts(tx: Tx, id: number): Promise<void> {
  await tx.$executeRaw`
    WITH attempts AS (
      UPDATE attempt SET stdout_tail = '{}', stderr_tail = '{}', failure_reason = NULL WHERE task_id = ${id}
    ), events AS (
      UPDATE event SET text = '' WHERE task_id = ${id} AND text <> ''
    )
    UPDATE task SET labels = '{}', warnings = '{}', failure_reason = NULL, progress_text = '' WHERE id = ${id}`;
}

/** Which of these keys some row still names. A key has the uid of its row in it, by which the row is found: no index leads from keys to rows. */
export async function findReferencedKeys(tx: Tx, keys: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ key: string }[]>`
    WITH asked AS (SELECT key, split_part(split_part(key, '/', 2), '.', 1) AS uid FROM unnest(${keys}::text[]) AS key)
    SELECT key FROM asked JOIN task USING (uid) WHERE key IN (input_key, output_key) AND purged_at IS NULL
    UNION SELECT key FROM asked JOIN model USING (uid) WHERE key = zip_key`;
  return new Set(rows.map((row) => row.key));
}

import { Prisma, type Tx } from '@inference/database';
import { usedWithoutGpu } from './attempt-store.ts';
import { addUse } from './turns.ts';

/** What is said of a task that its deadline found waiting, and of one that it found running. */
export type OverdueWords = { readonly queued: string; readonly running: string };

/**
 * `queued`, `running` -> `failed`, with the end of an attempt that is under way, for at most so many tasks whose deadline is over, the one
 * first that was over first. A task that somebody changes at this moment is left to the next pass. Deadlines are of the database's clock, as
 * is the time of acceptance. Uses task_deadline_idx.
 */
export async function endOverdueTasks(tx: Tx, { words, countMax }: { words: OverdueWords; countMax: number }): Promise<{ uid: string }[]> {
  return await tx.$queryRaw<{ uid: string }[]>`
    WITH overdue AS (
      SELECT id, 'The task did not end within its deadline of ' || deadline_ms / 1000 || ' seconds: '
                 || CASE state WHEN 'queued' THEN ${words.queued}::text ELSE ${words.running}::text END AS reason
      FROM task WHERE state IN ('queued', 'running') AND deadline_at <= now()
      ORDER BY deadline_at, id LIMIT ${countMax}::int FOR UPDATE SKIP LOCKED
    ), ended AS (
      UPDATE task SET state = 'failed', finished_at = now(), failure_class = 'expired', failure_reason = reason
      FROM overdue WHERE task.id = overdue.id AND state IN ('queued', 'running') RETURNING task.id, uid, attempt, reason
    ), stopped AS (
      UPDATE attempt SET ended_at = now(), outcome = 'fail', failure_class = 'expired', failure_reason = reason
      FROM ended WHERE task_id = ended.id AND number = ended.attempt AND ended_at IS NULL RETURNING task_id, number
    ), used AS (
      SELECT owner, sum(millis) AS millis FROM (
        ${usedWithoutGpu(Prisma.sql`(a.task_id, a.number) IN (SELECT task_id, number FROM stopped)`)}
      ) each_attempt GROUP BY owner ORDER BY owner
    ), added AS (${addUse(Prisma.sql`used`)}
    ), noted AS (
      INSERT INTO event (task_id, kind, attempt, text) SELECT id, 'failed', nullif(attempt, 0), reason FROM ended
    )
    SELECT uid FROM ended`;
}

import type { Tx } from '@inference/database';

/** Texts of events are cut to this many characters. */
const TEXT_CHARS_MAX = 2_000;

/** Appends to what happened to a task. */
export async function insertEvent(tx: Tx, event: { taskId: number; kind: string; attempt?: number; text?: string }): Promise<void> {
  const { taskId, kind, attempt = null, text = '' } = event;
  await tx.$executeRaw`INSERT INTO event (task_id, kind, attempt, text) VALUES (${taskId}, ${kind}, ${attempt}, ${text.slice(0, TEXT_CHARS_MAX)})`;
}

/** Forgets events of ended tasks that are older, at most so many; answers how many. Uses event_at_idx. */
export async function deleteEvents(tx: Tx, keepSeconds: number, countMax: number): Promise<number> {
  return await tx.$executeRaw`
    DELETE FROM event WHERE id IN (
      SELECT e.id FROM event e JOIN task t ON t.id = e.task_id
      WHERE e.at < now() - make_interval(secs => ${keepSeconds}::float8) AND t.finished_at IS NOT NULL LIMIT ${countMax}::int)`;
}

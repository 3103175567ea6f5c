import type { Tx } from '@inference/database';

/** Texts of events are cut to this many characters. */
const TEXT_CHARS_MAX = 2_000;

/** Appends to what happened to a task. */
export async function insertEvent(tx: Tx, event: { taskId: number; kind: string; attempt?: number; text?: string }): Promise<void> {
  const { taskId, kind, attempt = null, text = '' } = event;
  await tx.$executeRaw`INSERT INTO event (task_id, kind, attempt, text) VALUES (${taskId}, ${kind}, ${attempt}, ${text.slice(0, TEXT_CHARS_MAX)})`;
}

import type { EventRow } from '../rows.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';

const TEXT_CHARS_MAX = 2_000;

export const insertEvent: Statement<'insertEvent'> = (db, { taskId, kind, attempt = null, text = '' }) => {
  addEvent(db, { task_id: taskId, kind, attempt, text: text.slice(0, TEXT_CHARS_MAX) });
};

/** The row of an event, for statements that write one beside what they do. */
export function addEvent(db: MemoryDatabase, event: Omit<EventRow, 'id' | 'at'>): void {
  db.event.insert({ id: db.ids.event(), at: db.now(), ...event });
}

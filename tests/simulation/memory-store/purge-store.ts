import type { TaskRow } from '../rows.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { secondsBefore } from './times.ts';

function isPurgeable(db: MemoryDatabase, task: TaskRow, keepSeconds: number): boolean {
  if (task.finished_at === null || task.purged_at !== null) return false;
  return task.deleted_at !== null || task.finished_at < secondsBefore(db.now(), keepSeconds);
}

export const findPurgeable: Statement<'findPurgeable'> = (db, keepSeconds, countMax) =>
  db.tasksUnpurged
    .get('unpurged')
    .filter((task) => isPurgeable(db, task, keepSeconds))
    .toSorted((a, b) => Number(a.finished_at) - Number(b.finished_at) || a.id - b.id)
    .slice(0, countMax)
    .map(({ id }) => ({ id }));

export const lockPurgeable: Statement<'lockPurgeable'> = (db, id, keepSeconds) => {
  const task = db.taskById.get(id);
  if (task === undefined || !isPurgeable(db, task, keepSeconds)) return null;
  return { id, inputKey: task.input_key, outputKey: task.output_key, isDeleted: task.deleted_at !== null };
};

export const markPurged: Statement<'markPurged'> = (db, id) => {
  for (const attempt of db.attemptsOf.get(id)) db.attempt.update(attempt, { stdout_tail: [], stderr_tail: [] });
  const task = db.taskById.get(id);
  if (task !== undefined && task.finished_at !== null) db.task.update(task, { purged_at: db.now(), progress_text: '' });
};

export const eraseTexts: Statement<'eraseTexts'> = (db, id) => {
  for (const attempt of db.attemptsOf.get(id)) db.attempt.update(attempt, { stdout_tail: [], stderr_tail: [], failure_reason: null });
  for (const event of db.eventsOf.get(id)) if (event.text !== '') db.event.update(event, { text: '' });
  const task = db.taskById.get(id);
  if (task !== undefined) db.task.update(task, { labels: {}, warnings: [], failure_reason: null, progress_text: '' });
};

export const findReferencedKeys: Statement<'findReferencedKeys'> = (db, keys) => {
  const isNamed = (key: string) => {
    const uid = uidIn(key);
    const task = db.taskByUid.get(uid);
    const isOfTask = task !== undefined && task.purged_at === null && (task.input_key === key || task.output_key === key);
    return isOfTask || db.modelByUid.get(uid)?.zip_key === key;
  };
  return new Set(keys.filter(isNamed));
};

/** The uid of the row that a key belongs to: `outputs/<uid>.1.<sha256>.zip`. */
const uidIn = (key: string) => key.split('/')[1]?.split('.')[0] ?? '';

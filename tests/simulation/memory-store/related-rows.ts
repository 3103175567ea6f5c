import type { AttemptRow, ModelRow, TaskRow } from '../rows.ts';
import { attemptKeyOf, type MemoryDatabase } from './memory-database.ts';

/** The newest attempt of a task; undefined before the first. */
export function newestOf(db: MemoryDatabase, task: TaskRow): AttemptRow | undefined {
  return db.attemptByNumber.get(attemptKeyOf(task.id, task.attempt));
}

export function modelOf(db: MemoryDatabase, task: TaskRow): ModelRow {
  const model = db.modelById.get(task.model_id);
  // The foreign key says that there is one.
  if (model === undefined) throw new Error(`task ${task.id} has no model`);
  return model;
}

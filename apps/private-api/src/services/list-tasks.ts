import type { Deps } from '../deps.ts';
import * as store from '../store/task-store.ts';

/** Tasks that one listing shows at most, newest first. */
const TASKS_MAX = 10_000;

/** Every task, for operators. */
export function listTasks(deps: Deps): Promise<store.TaskRow[]> {
  return store.listTasks(deps.db, TASKS_MAX);
}

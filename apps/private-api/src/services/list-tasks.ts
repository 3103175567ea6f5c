import type { Deps } from '../deps.ts';
import type { TaskRow } from '../store/task-store.ts';
import type { Viewer } from '../store/viewer.ts';

/** Tasks that one listing shows at most, newest first. */
const TASKS_MAX = 10_000;

/** The newest tasks that an operator may see. */
export function listTasks(deps: Deps, viewer: Viewer): Promise<TaskRow[]> {
  return deps.store.listTasks(viewer, TASKS_MAX);
}

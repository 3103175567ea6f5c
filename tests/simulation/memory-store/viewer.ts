import type { TaskRow } from '../rows.ts';

/** The same as `seenBy` of the store. */
export function isSeenBy(viewer: string | null, task: TaskRow): boolean {
  return task.deleted_at === null && (viewer === null || task.owner === viewer);
}

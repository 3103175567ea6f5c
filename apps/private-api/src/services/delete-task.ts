import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { type Actor, insertAudit } from '../store/audit-store.ts';
import { insertEvent } from '../store/event-store.ts';
import { eraseTexts } from '../store/purge-store.ts';
import { cancelTask, markDeleted } from '../store/task-store.ts';
import { findState } from '../store/task-view-store.ts';
import type { Viewer } from '../store/viewer.ts';

/**
 * Deletes a task for its user: it is unknown at once, and what it told is erased; a queued or running one is cancelled, and delete-old-files
 * removes its bytes, its log and what came later once no attempt uses them any more.
 */
export async function deleteTask(deps: Deps, uid: string, viewer: Viewer, by: Actor): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const task = await findState(tx, uid, viewer);
    if (task === null) throw new AppError('task_not_found');
    await cancelTask(tx, uid);
    if (!(await markDeleted(tx, uid))) throw new AppError('task_not_found');
    await eraseTexts(tx, task.id);
    await insertEvent(tx, { taskId: task.id, kind: 'deleted' });
    if (task.owner !== by.owner) await insertAudit(tx, by, { action: 'task.deleted', subject: uid, detail: { owner: task.owner } });
  });
  deps.news.tell(uid);
}

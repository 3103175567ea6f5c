import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { Viewer } from '../store/viewer.ts';

/**
 * Deletes a task for its user: it is unknown at once, and what it told is erased; a queued or running one is cancelled, and delete-old-files
 * removes its bytes, its log and what came later once no attempt uses them any more.
 */
export async function deleteTask(deps: Deps, uid: string, viewer: Viewer, by: Actor): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const task = await tx.findState(uid, viewer);
    if (task === null) throw new AppError('task_not_found');
    // First this, which keeps the row: a requeue at the same moment is either seen by the cancel, or sees that the task is gone.
    if (!(await tx.markDeleted(uid))) throw new AppError('task_not_found');
    await tx.cancelTask(uid);
    await tx.eraseTexts(task.id);
    await tx.insertEvent({ taskId: task.id, kind: 'deleted' });
    if (task.owner !== by.owner) await tx.insertAudit(by, { action: 'task.deleted', subject: uid, detail: { owner: task.owner } });
  });
  deps.news.tell(uid);
}

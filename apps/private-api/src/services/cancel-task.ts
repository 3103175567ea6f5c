import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { Viewer } from '../store/viewer.ts';

/** `cancelled`: it was queued. `cancelling`: it runs and is being stopped. `already_ended`: nothing changed. */
export type CancelResult = 'cancelled' | 'cancelling' | 'already_ended';

/** Cancels a task for its user; again and again does no harm. The audit tells of who is not its owner. */
export async function cancelTask(deps: Deps, uid: string, viewer: Viewer, by: Actor): Promise<CancelResult> {
  const result = await deps.store.transaction(async (tx): Promise<CancelResult> => {
    const task = await tx.findState(uid, viewer);
    if (task === null) throw new AppError('task_not_found');
    const cancelled = await tx.cancelTask(uid);
    if (cancelled !== null) {
      await tx.insertEvent({ taskId: cancelled.id, kind: cancelled.state });
      if (task.owner !== by.owner) await tx.insertAudit(by, { action: 'task.cancelled', subject: uid, detail: { owner: task.owner } });
      return cancelled.state === 'cancelled' ? 'cancelled' : 'cancelling';
    }
    return (await tx.findState(uid, viewer))?.state === 'cancelling' ? 'cancelling' : 'already_ended';
  });
  deps.news.tell(uid);
  return result;
}

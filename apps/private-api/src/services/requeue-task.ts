import { AppError, transition } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { Viewer } from '../store/viewer.ts';
import { ringPool } from './ring-pool.ts';

const NONE_PROVEN = new Set<never>();

/** Puts a failed or cancelled task back into the queue, for an operator: with a new budget of faults, and a note of who did it. */
export async function requeueTask(deps: Deps, uid: string, viewer: Viewer, by: Actor): Promise<void> {
  const pool = await deps.store.transaction(async (tx) => {
    const task = await tx.findState(uid, viewer);
    if (task === null) throw new AppError('task_not_found');
    if (transition(task.state, 'requeue', NONE_PROVEN) === 'stale') {
      throw new AppError(task.state === 'succeeded' ? 'task_succeeded' : 'task_not_ended');
    }
    const requeued = await tx.setRequeued(uid, viewer);
    // Its row is this transaction's now, so no purge can begin. One that a crash cut short may have taken the input.
    if (requeued === null || (await deps.files.size(requeued.inputKey)) === null) throw new AppError('input_expired');
    await tx.insertEvent({ taskId: requeued.id, kind: 'requeued', text: `by ${by.owner}` });
    await tx.insertAudit(by, { action: 'task.requeued', subject: uid, detail: { owner: task.owner } });
    return requeued.pool;
  });
  deps.news.tell(uid);
  ringPool(deps, pool, uid);
}

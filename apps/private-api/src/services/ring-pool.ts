import { type Pool, reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { forgetRing } from '../store/task-store.ts';

/** Tells a pool that it has work, without making anybody wait for it: lost rings are repeated by ring-due-tasks. */
export function ringPool(deps: Deps, pool: Pool, taskUid: string): void {
  deps.queue
    .ring(pool, taskUid)
    .catch((error: unknown) => {
      // That the queue is away was logged when it went: a line for each ring would drown the rest.
      const level = deps.queue.health().ok ? 'warn' : 'debug';
      deps.log[level]({ reason: reasonOf(error), taskUid, pool }, 'a ring failed; it will be repeated');
      return forgetRing(deps.db, taskUid);
    })
    // With the database away too, the mark stays, and the ring is repeated a little later.
    .catch(() => {});
}

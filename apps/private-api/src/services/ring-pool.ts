import { type Pool, reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';

/**
 * Tells a pool that it has work, without making anybody wait for it: a task is accepted whether or not its pool can be told now, and
 * rings that fail are repeated by ring-due-tasks.
 */
export function ringPool(deps: Deps, pool: Pool, taskUid: string): void {
  deps.queue
    .ring(pool, taskUid)
    .catch((error: unknown) => {
      // A queue that is away has said so, once: a line for each task would bury everything else.
      if (deps.queue.health().ok) deps.log.warn({ reason: reasonOf(error), taskUid, pool }, 'a ring failed; it will be repeated');
      return deps.store.forgetRing(taskUid);
    })
    // With the database away too, the mark stays, and the ring is repeated a little later.
    .catch(() => {});
}

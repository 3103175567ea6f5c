import type { Pool } from '@inference/domain';
import type { TaskQueue } from './task-queue.ts';

/** Rings within one process. Like every queue of ours it may lose rings: one that nobody listens to is gone. */
export function createInProcessQueue(): TaskQueue {
  const listeners = new Map<Pool, Set<(taskUid: string) => void>>();
  return {
    async ring(pool, taskUid) {
      // Not in the caller's turn: whoever rings must not wait for, or fail with, whoever listens.
      for (const onRing of listeners.get(pool) ?? []) setImmediate(onRing, taskUid);
    },
    async listen(pool, onRing) {
      const own = (taskUid: string) => {
        if (listeners.get(pool)?.has(own)) onRing(taskUid);
      };
      listeners.set(pool, (listeners.get(pool) ?? new Set()).add(own));
      return {
        close: async () => {
          listeners.get(pool)?.delete(own);
        },
      };
    },
    async close() {
      listeners.clear();
    },
  };
}

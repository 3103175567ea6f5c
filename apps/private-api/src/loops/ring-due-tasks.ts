import { POOLS } from '@inference/domain';
import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { ringPool } from '../services/ring-pool.ts';

const INTERVAL_MS = 5_000;
/** A due task whose pool was not told for so long is rung again. */
const SILENT_SECONDS = 15;
/** Tasks per pool and pass: enough for every slot a pool is likely to have. */
const PER_POOL = 64;

/** Rings again for due tasks: this is what makes a lost, doubled or late ring harmless, and what wakes retries whose back-off is over. */
export function ringDueTasks(deps: Deps): Loop {
  return {
    name: 'ring-due-tasks',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      // Nobody would hear, and every mark would have to be taken back; consumers ask by themselves meanwhile.
      if (!deps.queue.health().ok) return;
      for (const pool of POOLS) {
        const limits = { silentSeconds: SILENT_SECONDS, countMax: PER_POOL };
        for (const { uid } of await deps.store.takeUnrung(pool, limits)) ringPool(deps, pool, uid);
      }
    },
  };
}

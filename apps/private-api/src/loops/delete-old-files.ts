import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { purgeTask } from '../services/purge-task.ts';

const INTERVAL_MS = 60_000;
/** Tasks purged per pass, beside those of which a file could not be deleted in the pass before. */
const PURGES_MAX = 500;
/** So many of these are tried again per pass, at most: the oldest come first, and would keep all others from their turn. */
const STUCK_MAX = 5_000;
/** A sweep looks at every file, of which there may be millions: it takes at most one of so many parts of the time. */
const SWEEP_SHARE = 60;
/** Files that no row names are removed once they are so old: younger ones may belong to a request that is under way. */
const ORPHAN_AGE_MS = 24 * 3_600_000;

/**
 * Removes the files of deleted and long ended tasks, and what crashes left. A file that cannot be deleted keeps no other from going: a pass
 * rejects with the first such failure once all else is done, and the next pass tries again. Told to stop, a pass ends after the file in hand.
 */
export function deleteOldFiles(deps: Deps, orphanAgeMs = ORPHAN_AGE_MS): Loop {
  let stuck = 0;
  let nextSweepMs = 0;
  return {
    name: 'delete-old-files',
    intervalMs: INTERVAL_MS,
    async runOnce(stop) {
      const tasks = await deps.store.findPurgeable(deps.settings.keepFilesSeconds, PURGES_MAX + Math.min(stuck, STUCK_MAX));
      const failures: Error[] = [];
      for (const { id } of tasks) {
        if (stop?.aborted) return;
        const failure = await purgeTask(deps, id);
        if (failure !== null) failures.push(failure);
      }
      stuck = failures.length;
      const startMs = deps.clock.monotonicMs();
      if (startMs >= nextSweepMs) {
        await deps.files
          .sweep(orphanAgeMs, (keys) => deps.store.findReferencedKeys(keys), stop)
          .finally(() => {
            nextSweepMs = startMs + SWEEP_SHARE * (deps.clock.monotonicMs() - startMs);
          });
      }
      if (failures[0] !== undefined) throw failures[0];
    },
  };
}

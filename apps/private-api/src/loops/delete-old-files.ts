import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { deletePieces } from '../store/log-store.ts';
import { findPurgeable, findReferencedKeys, markPurged } from '../store/task-store.ts';

const INTERVAL_MS = 60_000;
/** Tasks purged per pass. */
const PURGES_MAX = 500;
/** Files that no row names are removed once they are so old: younger ones may belong to a request that is under way. */
const ORPHAN_AGE_MS = 24 * 3_600_000;

/** Removes the files of deleted and long ended tasks, and what crashes left. */
export function deleteOldFiles(deps: Deps, orphanAgeMs = ORPHAN_AGE_MS): Loop {
  return {
    name: 'delete-old-files',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      for (const task of await findPurgeable(deps.db, deps.settings.keepFilesSeconds, PURGES_MAX)) {
        // Files first: should the process die between, the next pass deletes them again, which does no harm.
        await deps.files.delete(task.inputKey);
        if (task.outputKey !== null) await deps.files.delete(task.outputKey);
        await deletePieces(deps.db, task.id);
        await markPurged(deps.db, task.id);
      }
      await deps.files.sweep(orphanAgeMs, (keys) => findReferencedKeys(deps.db, keys));
    },
  };
}

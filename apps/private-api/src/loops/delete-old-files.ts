import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { purgeTask } from '../services/purge-task.ts';

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
      for (const { id } of await deps.store.findPurgeable(deps.settings.keepFilesSeconds, PURGES_MAX)) await purgeTask(deps, id);
      await deps.files.sweep(orphanAgeMs, (keys) => deps.store.findReferencedKeys(keys));
    },
  };
}

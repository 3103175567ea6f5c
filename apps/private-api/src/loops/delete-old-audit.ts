import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';

const INTERVAL_MS = 3_600_000;
/** What somebody did is kept for so long. */
export const AUDIT_KEPT_DAYS = 400;
/** Entries deleted by one statement, ... */
const DELETED_MAX = 10_000;
/** ... and statements in one pass. */
const STATEMENTS_MAX = 20;

/** Forgets what was done long ago. */
export function deleteOldAudit(deps: Pick<Deps, 'store'>): Loop {
  return {
    name: 'delete-old-audit',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      for (let n = 0; n < STATEMENTS_MAX; n++) {
        if ((await deps.store.deleteAudit(AUDIT_KEPT_DAYS, DELETED_MAX)) < DELETED_MAX) return;
      }
    },
  };
}

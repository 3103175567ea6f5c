import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';

const INTERVAL_MS = 3_600_000;
/** Events deleted by one statement, ... */
export const DELETED_MAX = 10_000;
/** ... and statements in one pass. */
const STATEMENTS_MAX = 50;

/** Forgets what happened to ended tasks long ago: their rows stay, with how they ended. */
export function deleteOldEvents({ store, settings }: Pick<Deps, 'store' | 'settings'>): Loop {
  return {
    name: 'delete-old-events',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      for (let n = 0; n < STATEMENTS_MAX; n++) {
        if ((await store.deleteEvents(settings.keepEventsSeconds, DELETED_MAX)) < DELETED_MAX) return;
      }
    },
  };
}

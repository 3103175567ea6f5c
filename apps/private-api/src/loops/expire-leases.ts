import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { expireLease } from '../services/expire-lease.ts';
import type { LeaseRow } from '../store/attempt-store.ts';

const INTERVAL_MS = 5_000;
/** A look that comes later than this after the one before starts every count again: time that we did not watch proves nothing. */
const LATE_MS = 3 * INTERVAL_MS;
/** So many looks in a row must see the same counter. */
export const LOOKS = 6;

type Seen = { heartbeat: number; looks: number };

/**
 * Ends leases whose holder is silent. Holders raise a counter; no wall clock is compared, and a database that was away expires
 * nothing, because a failed or late look starts the count again. Every private API runs this: the statement is conditional.
 */
export function expireLeases(deps: Deps): Loop {
  let seen = new Map<string, Seen>();
  let lastLookMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'expire-leases',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      const before = deps.clock.monotonicMs() - lastLookMs > LATE_MS ? new Map<string, Seen>() : seen;
      seen = new Map();
      const leases = await deps.store.listLeases();
      lastLookMs = deps.clock.monotonicMs();
      for (const lease of leases) seen.set(keyOf(lease), look(lease, before.get(keyOf(lease))));
      for (const lease of leases) {
        if ((seen.get(keyOf(lease))?.looks ?? 0) < LOOKS) continue;
        if (await expireLease(deps, lease))
          deps.log.warn({ taskId: lease.taskId, attempt: lease.attempt }, 'a lease expired: its consumer fell silent');
      }
    },
  };
}

function look(lease: LeaseRow, before: Seen | undefined): Seen {
  const looks = before !== undefined && before.heartbeat === lease.heartbeat ? before.looks + 1 : 1;
  return { heartbeat: lease.heartbeat, looks };
}

function keyOf(lease: LeaseRow): string {
  return `${lease.taskId}/${lease.attempt}`;
}

import type { Lease, RenewReply } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { findHeld } from '../store/attempt-store.ts';
import { decide } from './decide.ts';

/** A task that tells much is looked at so often at most, in milliseconds. */
const LOOK_MS = 250;

/** Answers as soon as the holder of a lease should stop; `continue` when the time is over or nobody waits any more. Renews nothing. */
export async function awaitStop(
  deps: Pick<Deps, 'db' | 'news' | 'clock'>,
  lease: Lease,
  wait: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<RenewReply> {
  const { clock } = deps;
  const endMs = clock.monotonicMs() + wait.timeoutMs;
  while (!wait.signal.aborted) {
    const timeoutMs = endMs - clock.monotonicMs();
    const looked = new AbortController();
    // Asked for news before the look: what happens in between is not missed.
    const changed = deps.news.changed(lease.taskUid, { signal: AbortSignal.any([wait.signal, looked.signal]), timeoutMs });
    try {
      const row = await findHeld(deps.db, lease);
      if (row === null || decide(row, 'renew') === 'stale') return 'stale';
      if (row.state === 'cancelling') return 'stop';
      if (timeoutMs <= 0) return 'continue';
      await changed;
    } finally {
      looked.abort();
    }
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
  }
  return 'continue';
}

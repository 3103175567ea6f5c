import type { Lease, RenewReply } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { decide } from './decide.ts';

/** A task that tells much is looked at so often at most, in milliseconds. */
const LOOK_MS = 250;

/** Answers as soon as the holder of a lease should stop; `continue` when the time is over or nobody waits any more. Renews nothing. */
export async function awaitStop(
  deps: Pick<Deps, 'store' | 'news' | 'clock'>,
  lease: Lease,
  wait: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<RenewReply> {
  const { clock } = deps;
  const endMs = clock.monotonicMs() + wait.timeoutMs;
  const over = new AbortController();
  const signal = AbortSignal.any([wait.signal, over.signal]);
  try {
    while (!wait.signal.aborted) {
      const timeoutMs = endMs - clock.monotonicMs();
      // Asked for news before the look: what happens in between is not missed.
      const changed = deps.news.changed(lease.taskUid, { signal, timeoutMs });
      const row = await deps.store.findHeld(lease);
      if (row === null || decide(row, 'renew') === 'stale') return 'stale';
      if (row.state === 'cancelling') return 'stop';
      if (timeoutMs <= 0) return 'continue';
      await changed;
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
    return 'continue';
  } finally {
    over.abort();
  }
}

import type { Keeping, Lease, RenewReply } from '@inference/contracts';
import type { Deps } from './deps.ts';
import { awaitStop } from './services/await-stop.ts';
import { renewLease } from './services/renew-lease.ts';

/** An attempt that ends sooner is not worth a look for a cancel, in milliseconds: its first renewal comes later, too. */
const HEAR_AFTER_MS = 500;
/** One wait for a cancel takes so long at most, in milliseconds. */
const HEAR_MS = 60_000;

/** Renews a lease of a consumer in this process, until the returned function is called or the lease is stale. */
export function keepLease(deps: Deps, lease: Lease, { everyMs, atOnce, onReply }: Keeping): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const renew = async () => {
    try {
      const reply = await renewLease(deps, lease);
      if (stopped) return;
      onReply(reply);
      if (reply === 'stale') stopped = true;
    } catch (error) {
      deps.log.warn({ err: error, taskUid: lease.taskUid, attempt: lease.attempt }, 'a lease could not be renewed; trying again');
    }
    if (!stopped) next();
  };
  const next = () => {
    cancel = deps.clock.after(everyMs, () => void renew());
  };
  if (atOnce) void renew();
  else next();
  const aborter = new AbortController();
  const cancelHearing = deps.clock.after(HEAR_AFTER_MS, () => void hearOfStop(deps, lease, onReply, aborter.signal));
  return () => {
    stopped = true;
    cancel();
    cancelHearing();
    aborter.abort();
  };
}

/** Tells at once that the attempt should stop; where that fails, the next renewal tells it. */
async function hearOfStop(deps: Deps, lease: Lease, onReply: Keeping['onReply'], signal: AbortSignal): Promise<void> {
  try {
    let reply: RenewReply = 'continue';
    while (reply === 'continue' && !signal.aborted) reply = await awaitStop(deps, lease, { signal, timeoutMs: HEAR_MS });
    if (!signal.aborted && reply === 'stop') onReply(reply);
  } catch (error) {
    deps.log.warn({ err: error, taskUid: lease.taskUid, attempt: lease.attempt }, 'a cancel may be heard with the next renewal only');
  }
}

import type { Keeping, Lease } from '@inference/contracts';
import type { Deps } from './deps.ts';
import { renewLease } from './services/renew-lease.ts';

/** Renews a lease of a consumer in this process, until the returned function is called or the lease is stale. */
export function keepLease(deps: Deps, lease: Lease, { everyMs, onReply }: Keeping): () => void {
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
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

import type { Lease } from '@inference/contracts';
import type { Deps } from './deps.ts';
import type { Interrupter } from './interruption.ts';

/**
 * Renews the lease of an attempt until the returned function is called; the replies may interrupt the attempt. A renewal that fails
 * changes nothing: the model goes on, and what it made counts as long as nobody else has claimed the task.
 */
export function keepLease(deps: Deps, lease: Lease, interrupter: Interrupter): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const renew = async () => {
    try {
      const reply = await deps.control.renew(lease);
      if (stopped) return;
      if (reply === 'stop') interrupter.interrupt('cancelled');
      if (reply === 'stale') interrupter.interrupt('stale');
    } catch (error) {
      deps.log.warn({ err: error, taskUid: lease.taskUid, attempt: lease.attempt }, 'a lease could not be renewed; trying again');
    }
    if (!stopped) next();
  };
  const next = () => {
    cancel = deps.clock.after(deps.timing.renewMs, () => void renew());
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

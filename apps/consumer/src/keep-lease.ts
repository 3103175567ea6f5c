import type { Lease } from '@inference/contracts';
import type { Deps } from './deps.ts';
import type { Interrupter } from './interruption.ts';

/**
 * Keeps the lease of an attempt until the returned function is called; the replies may interrupt the attempt. Renewals that fail
 * change nothing: the model goes on, and what it made counts as long as nobody else has claimed the task.
 *
 * @param options `atOnce`: nobody has kept it for a while
 */
export function keepLease(deps: Deps, lease: Lease, interrupter: Interrupter, { atOnce = false } = {}): () => void {
  return deps.control.keepLease(lease, {
    everyMs: deps.timing.renewMs,
    atOnce,
    onReply: (reply) => {
      if (reply === 'stop') interrupter.interrupt('cancelled');
      if (reply === 'stale') interrupter.interrupt('stale');
    },
  });
}

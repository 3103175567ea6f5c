import type { Clock } from '@inference/domain';
import { type Daemon, DaemonFault } from './daemon.ts';
import { delay } from './delay.ts';
import { removeLabelled } from './remove-labelled.ts';

/** A container that the engine is removing already is looked for again after so long, in milliseconds, ... */
const AGAIN_MS = 500;
/** ... and so often: what is not gone then may live, and hold a GPU. */
const LOOKS_MAX = 20;

/** Removes the containers that have all of `labels` and that `chosen` wants, and sees them gone; answers how many went. Rejects with `DaemonFault`. */
export async function sweepLabelled(
  { daemon, clock }: { daemon: Daemon; clock: Clock },
  labels: Readonly<Record<string, string>>,
  chosen: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<number> {
  let removed = 0;
  for (let looks = 1; looks <= LOOKS_MAX; looks++) {
    const { gone, held } = await removeLabelled(daemon, labels, chosen);
    removed += gone;
    if (held === 0) return removed;
    await delay(AGAIN_MS, clock).elapsed;
  }
  throw new DaemonFault('Docker has not removed a container yet.', { status: null, said: 'removal in progress' });
}

import type { Clock } from '@inference/domain';
import { FailuresInARow } from './failures-in-a-row.ts';
import type { Log } from './log.ts';

/** Work that is done again and again. `runOnce` is what tests call; a pass that has much to do ends early once `stop` is aborted. */
export type Loop = { readonly name: string; readonly intervalMs: number; runOnce(stop?: AbortSignal): Promise<void> };

/**
 * Runs a loop until the returned function is called, which tells the pass under way, and waits for it. A pass that fails is logged, and the next one
 * comes; of failures in a row with the same reason only the first is told, and that they are over.
 */
export function startLoop(loop: Loop, deps: { clock: Clock; log: Log }): () => Promise<void> {
  const stop = new AbortController();
  let cancel = (): void => {};
  let pass = Promise.resolve();
  const failures = new FailuresInARow();
  const next = () => {
    cancel = deps.clock.after(loop.intervalMs, () => {
      pass = passOnce().then(() => {
        if (!stop.signal.aborted) next();
      });
    });
  };
  const passOnce = async () => {
    try {
      await loop.runOnce(stop.signal);
      if (failures.end()) deps.log.info({ loop: loop.name }, 'the loop works again');
    } catch (error) {
      if (failures.isNews(error)) deps.log.error({ err: error, loop: loop.name }, 'a pass of a loop failed; trying again');
    }
  };
  next();
  return async () => {
    stop.abort();
    cancel();
    await pass;
  };
}

import type { Clock } from '@inference/domain';
import type { Log } from './log.ts';

/** Work that is done again and again. `runOnce` is what tests call. */
export type Loop = { readonly name: string; readonly intervalMs: number; runOnce(): Promise<void> };

/** Runs a loop until the returned function is called, which waits for the pass under way. A pass that fails is logged, the next one comes. */
export function startLoop(loop: Loop, deps: { clock: Clock; log: Log }): () => Promise<void> {
  let stopped = false;
  let cancel = (): void => {};
  let pass = Promise.resolve();
  const next = () => {
    cancel = deps.clock.after(loop.intervalMs, () => {
      pass = loop
        .runOnce()
        .catch((error: unknown) => deps.log.error({ err: error, loop: loop.name }, 'a pass of a loop failed'))
        .then(() => {
          if (!stopped) next();
        });
    });
  };
  next();
  return async () => {
    stopped = true;
    cancel();
    await pass;
  };
}

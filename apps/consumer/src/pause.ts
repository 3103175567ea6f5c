import type { Clock } from '@inference/domain';

/** Waits for so long, in milliseconds; a wait that was begun before the signal is aborted ends with it. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  const wake = () => resolve();
  signal?.addEventListener('abort', wake, { once: true });
  await promise;
  signal?.removeEventListener('abort', wake);
  cancel();
}

import type { Clock } from '@inference/domain';

/** Resolves after a time; `cancel` ends the wait without resolving it. */
export function delay(delayMs: number, clock: Clock): { readonly elapsed: Promise<'elapsed'>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<'elapsed'>();
  return { elapsed: promise, cancel: clock.after(delayMs, () => resolve('elapsed')) };
}

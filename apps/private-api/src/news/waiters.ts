import type { Clock } from '@inference/domain';

/** Who waits for news of which task, in this process. */
export class Waiters {
  readonly #clock: Clock;
  readonly #byTask = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wait(taskUid: string, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiters = this.#byTask.get(taskUid) ?? new Set();
    this.#byTask.set(taskUid, waiters);
    const wake = () => {
      cancel();
      signal.removeEventListener('abort', wake);
      waiters.delete(wake);
      if (waiters.size === 0 && this.#byTask.get(taskUid) === waiters) this.#byTask.delete(taskUid);
      resolve();
    };
    const cancel = this.#clock.after(timeoutMs, wake);
    signal.addEventListener('abort', wake);
    waiters.add(wake);
    return promise;
  }

  wake(taskUid: string): void {
    for (const wake of [...(this.#byTask.get(taskUid) ?? [])]) wake();
  }

  wakeAll(): void {
    for (const taskUid of [...this.#byTask.keys()]) this.wake(taskUid);
  }
}

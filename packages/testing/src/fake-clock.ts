import type { Clock } from '@inference/domain';

/** A clock that moves only when a test says so. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #due = new Set<{ atMs: number; tick: () => void }>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  uptimeMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, tick: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, tick };
    this.#due.add(timer);
    return () => this.#due.delete(timer);
  }

  /** Lets time pass, firing what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#due].filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.tick();
    }
    this.#nowMs = end;
  }
}

/** Why an attempt is stopped from outside. */
export type Interruption = 'cancelled' | 'stale' | 'timeout' | 'drain';

/** Lets several parties stop an attempt; the first reason stays. */
export class Interrupter {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the attempt is being stopped, or null while it is not. */
  get reason(): Interruption | null {
    return this.signal.aborted ? (this.signal.reason as Interruption) : null;
  }

  interrupt(reason: Interruption): void {
    this.#controller.abort(reason);
  }
}

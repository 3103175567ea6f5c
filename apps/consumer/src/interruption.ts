/**
 * Why an attempt is stopped from outside. `no_slot`: the model before it in its slot did not end after all; `output_full`: it has written
 * more than it may.
 */
export type Interruption = 'cancelled' | 'stale' | 'timeout' | 'drain' | 'no_slot' | 'output_full';

/** Lets several parties stop an attempt; the first reason stays. */
export class Interrupter {
  readonly #controller = new AbortController();
  readonly #drain = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the attempt is being stopped, or null while it is not. */
  get reason(): Interruption | null {
    return this.signal.aborted ? (this.signal.reason as Interruption) : null;
  }

  /** Aborted once this consumer ends, whatever the attempt was stopped for before. */
  get drain(): AbortSignal {
    return this.#drain.signal;
  }

  interrupt(reason: Interruption): void {
    if (reason === 'drain') this.#drain.abort();
    this.#controller.abort(reason);
  }
}

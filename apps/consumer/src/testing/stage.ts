import type { ModelRuntime, RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import { until } from '@inference/testing';

/** A runtime whose models end when the test says so, or at once. */
export class Stage {
  prepared = 0;
  started = 0;
  /** What was prepared or gone on with, in its order. */
  readonly orders: RunOrder[] = [];
  /** What was run, in the order in which `endOne` ends it: one that was prepared first may run second. */
  readonly ran: RunOrder[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #atOnce: boolean;
  #closing = () => {};
  /** What the next runs end with, one each, instead of doing well. */
  readonly failures: RunEnd[] = [];
  /** Whether models live on without their consumer, which notes them then. */
  outlivesUs = false;
  /** Whether a model that an earlier process has started is not found. */
  isGone = false;
  /** What models write to stderr. */
  says = '';
  /** What `release` does. */
  release: () => Promise<void> = async () => {};

  constructor(atOnce: boolean) {
    this.#atOnce = atOnce;
  }

  /** The model that runs closes its output. */
  close(): void {
    this.#closing();
  }

  /** Ends the model that runs, or is about to. */
  async endOne(): Promise<void> {
    const end = await until('a model that runs', () => this.#ends.shift());
    end();
  }

  /** Ends the model that was started last. */
  async endLast(): Promise<void> {
    const end = await until('a model that runs', () => this.#ends.pop());
    end();
  }

  runtime(): ModelRuntime {
    return {
      modelsOutliveUs: this.outlivesUs,
      check: async () => ({ ok: true, version: '1' }),
      adopt: async (order: RunOrder) => {
        this.orders.push(order);
        if (this.isGone) return null;
        return { follow: (_observer: RunObserver, signal: AbortSignal) => this.#run(signal) };
      },
      sweep: async () => 0,
      prepare: async (order: RunOrder) => {
        this.orders.push(order);
        this.prepared += 1;
        return { kind: 'ready', image: null };
      },
      run: (order: RunOrder, _image: unknown, observer: RunObserver, signal: AbortSignal) => {
        this.ran.push(order);
        this.#closing = () => observer.onClosing();
        if (this.says !== '') observer.onOutput('stderr', this.says);
        return this.#run(signal);
      },
      release: () => this.release(),
    } as unknown as ModelRuntime;
  }

  #run(signal: AbortSignal): Promise<RunEnd> {
    if (!signal.aborted) this.started += 1;
    return new Promise((resolve) => {
      const end = () => resolve(signal.aborted ? { kind: 'stopped' } : (this.failures.shift() ?? { kind: 'done', warnings: [] }));
      if (this.#atOnce || signal.aborted) return end();
      this.#ends.push(end);
      signal.addEventListener('abort', end);
    });
  }
}

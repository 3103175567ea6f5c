import type { Clock, Failure } from '@inference/domain';

/** So many looks fall into the time that a model may do nothing: that is told at most a tenth late. */
const LOOKS = 10;
/** A look that comes later than this share of that time starts the watch again: time in which the machine stood still proves nothing. */
const LATE_SHARE = 0.5;
/** An engine may take a second for a look, and more under load: it is late only after this, in milliseconds. */
const LATE_MS = 5_000;
/** Processor time that counts as none, as a share of one processor: what the timers of a program that waits use. */
const IDLE_SHARE = 0.001;

type Watched = {
  /** For so long a model may print nothing and use no processor time, in milliseconds; null: for ever. */
  readonly hangMs: number | null;
  readonly clock: Clock;
  /** Stops the model: then nobody needs to know. */
  readonly signal: AbortSignal;
  /** What the model has printed so far, in bytes. */
  readonly printedBytes: () => number;
  /** The processor time that all of the model has used so far, in milliseconds; null where it cannot be had now. Must not reject. */
  readonly cpuMs: () => Promise<number | null>;
  /** Told once, why the model is to be stopped. */
  readonly onHung: (failure: Failure) => void;
};

type Look = { readonly atMs: number; readonly cpuMs: number; readonly printedBytes: number };

/**
 * Watches a model that runs, and tells once it has neither printed nor computed for too long. Both are counted from its start, so
 * nothing between two looks is missed; what cannot be known counts as a sign of life.
 */
export class HangWatch implements Disposable {
  readonly #watched: Watched;
  /** Of the last stretch of time, oldest first; at most a few more than LOOKS. */
  #looks: Look[] = [];
  #cancel = () => {};
  #isOver = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    if (watched.hangMs !== null) void this.#look(watched.hangMs);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#cancel();
  }

  async #look(hangMs: number): Promise<void> {
    const { clock, signal, printedBytes } = this.#watched;
    const cpuMs = await this.#watched.cpuMs();
    if (this.#isOver || signal.aborted) return;
    const now = cpuMs === null ? null : { atMs: clock.monotonicMs(), cpuMs, printedBytes: printedBytes() };
    const base = this.#keep(now, hangMs);
    if (now !== null && base !== null && isIdle(base, now)) {
      this.#watched.onHung(hangFailure(hangMs, now.cpuMs - base.cpuMs));
      return;
    }
    this.#cancel = clock.after(hangMs / LOOKS, () => void this.#look(hangMs));
  }

  /** Keeps a look, and answers the youngest that lies a whole `hangMs` before it, or null. */
  #keep(now: Look | null, hangMs: number): Look | null {
    const last = this.#looks.at(-1);
    if (now === null || (last !== undefined && now.atMs - last.atMs > Math.max(hangMs * LATE_SHARE, LATE_MS))) this.#looks = [];
    if (now === null) return null;
    this.#looks.push(now);
    const base = this.#looks.findLastIndex(({ atMs }) => now.atMs - atMs >= hangMs);
    if (base > 0) this.#looks.splice(0, base);
    return base < 0 ? null : (this.#looks[0] ?? null);
  }
}

function isIdle(base: Look, now: Look): boolean {
  const usedMs = now.cpuMs - base.cpuMs;
  // Where it has gone down, a process has ended: something happened.
  return now.printedBytes === base.printedBytes && usedMs >= 0 && usedMs <= (now.atMs - base.atMs) * IDLE_SHARE;
}

function hangFailure(hangMs: number, usedMs: number): Failure {
  const seconds = hangMs / 1000;
  const seen = `The model printed nothing for ${seconds} seconds and used ${(usedMs / 1000).toFixed(2)} seconds of processor time, so it was stopped as one that hangs`;
  const advice = 'Let it print now and then, or register it with a larger hang_seconds';
  return { class: 'timeout', reason: `${seen} (its hang_seconds is ${seconds}). ${advice}.` };
}

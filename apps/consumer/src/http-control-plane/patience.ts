import { type Clock, reasonOf } from '@inference/domain';
import type { Log } from '@inference/service';
import { pause } from '../pause.ts';
import { API_FAULT_MS, isApiFault } from './is-api-fault.ts';
import { Outage } from './outage.ts';

/** Waits between tries, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

export type PatienceOptions = {
  readonly clock: Clock;
  /** Left out: whoever asks tells. */
  readonly log?: Log;
  /** So long the private API may be away, in milliseconds. */
  readonly forMs: number;
  /** Ends the waiting early. */
  readonly signal?: AbortSignal;
  /** What is waited for, in the log: task and attempt. */
  readonly about?: Readonly<Record<string, unknown>>;
};

/** Tries again while the private API is away, or has a fault of its own, for a limited time. Anything else is passed on at once. */
export class Patience {
  readonly #options: PatienceOptions;
  #sinceMs: number | null = null;
  #faultySinceMs: number | null = null;
  #waitMs = FIRST_WAIT_MS;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  async keepTrying<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.#waitAfter(error);
      }
    }
  }

  /** The API has been of use: the time that it may be away begins anew. */
  renew(): void {
    this.#sinceMs = null;
    this.#faultySinceMs = null;
    this.#waitMs = FIRST_WAIT_MS;
  }

  async #waitAfter(error: unknown): Promise<void> {
    const { clock, log, forMs, signal, about } = this.#options;
    const isFault = isApiFault(error);
    if (!(isFault || error instanceof Outage) || signal?.aborted) throw error;
    if (this.#sinceMs === null) log?.warn({ reason: reasonOf(error), ...about }, 'the private API is away; trying again');
    const nowMs = clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    this.#faultySinceMs = isFault ? (this.#faultySinceMs ?? nowMs) : null;
    const overMs = Math.min(this.#sinceMs + forMs, (this.#faultySinceMs ?? nowMs) + API_FAULT_MS);
    if (nowMs + this.#waitMs > overMs) throw error;
    await pause(clock, this.#waitMs, signal);
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
  }
}

import type { Clock, Outcome, Pool } from '@inference/domain';
import type { Log } from '@inference/service';
import { isOfFullDisk } from './steps/disk-full.ts';

/** So many attempts in a row that end by faults of this machine, and the lane takes no more: one sick machine must not try every task. */
export const FAULTS_IN_A_ROW = 3;
/** It rests for so long, in milliseconds; then it tries one. */
export const REST_MS = 5 * 60_000;

const TROUBLE = `${FAULTS_IN_A_ROW} tasks in a row ended by faults of this machine: it rests for ${REST_MS / 60_000} minutes, then tries one.`;

/** Keeps a lane from claiming while its machine is sick. */
export class LaneRest {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pool: Pool;
  #faults = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, log }: { clock: Clock; log: Log }, pool: Pool) {
    this.#clock = clock;
    this.#log = log;
    this.#pool = pool;
  }

  /**
   * Whether another attempt may be claimed: none while it rests, then one, and any number once that went well.
   *
   * @param begunMs when those that run were begun, on the clock's monotonic time: what has run for longer than the rest is no try
   */
  mayClaim(begunMs: readonly number[]): boolean {
    if (this.#isResting) return false;
    return this.#faults < FAULTS_IN_A_ROW || begunMs.every((ms) => ms < this.#untilMs);
  }

  /** Why nothing is claimed, for people; null when it may be. */
  trouble(): string | null {
    return this.#isResting ? TROUBLE : null;
  }

  /** Notes how an attempt has ended. One that was cancelled or handed back says nothing of the machine, unless its disk was full. */
  ended(outcome: Outcome): void {
    const failure = outcome.kind === 'fail' ? outcome.failure.class : null;
    if (failure === 'infrastructure' || isOfFullDisk(outcome)) this.#fault();
    else if (failure !== 'cancelled' && outcome.kind !== 'hand_back') this.#well();
  }

  get #isResting(): boolean {
    return this.#clock.monotonicMs() < this.#untilMs;
  }

  #fault(): void {
    this.#faults += 1;
    if (this.#faults < FAULTS_IN_A_ROW) return;
    if (!this.#isResting) this.#log.warn({ pool: this.#pool, faultsInARow: this.#faults }, TROUBLE);
    this.#untilMs = this.#clock.monotonicMs() + REST_MS;
  }

  #well(): void {
    if (this.#faults >= FAULTS_IN_A_ROW) this.#log.info({ pool: this.#pool }, 'a task went well: tasks are claimed as before');
    this.#faults = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }
}

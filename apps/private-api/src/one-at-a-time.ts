import { AppError } from '@inference/domain';

/** So much work waits at most; more is told to come again. Each takes some milliseconds, and who asks waits no longer than for any answer. */
const WAITING_MAX = 1_000;

/** Has pieces of work come one after the other, in the order in which they were asked for. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws AppError `unavailable` where too much waits already; else what the work throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= WAITING_MAX) throw new AppError('unavailable');
    this.#waiting++;
    // Work that fails is told to whoever asked for it; what comes after it is not concerned.
    const result = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = result.catch(() => {});
    return await result;
  }
}

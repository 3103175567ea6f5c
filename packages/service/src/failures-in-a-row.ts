import { reasonOf } from '@inference/domain';

/** Tells which failures of something that is tried again and again are worth a line in the log: not the hundredth of the same outage. */
export class FailuresInARow {
  #told: string | null = null;

  /** Whether a failure is the first of a row, or has another reason than the one before. */
  isNews(error: unknown): boolean {
    const reason = reasonOf(error);
    const isNews = reason !== this.#told;
    this.#told = reason;
    return isNews;
  }

  /** Notes a success; answers whether it ends a row. */
  end(): boolean {
    const ends = this.#told !== null;
    this.#told = null;
    return ends;
  }
}

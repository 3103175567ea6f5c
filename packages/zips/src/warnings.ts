/** How many warnings are told one by one; a model can cause any number. */
export const WARNINGS_MAX = 100;

/** Gathers warnings for users, and counts what is beyond the limit. */
export class Warnings {
  readonly #told: string[] = [];
  #more = 0;

  add(warning: string): void {
    if (this.#told.length < WARNINGS_MAX) this.#told.push(warning);
    else this.#more++;
  }

  /** The warnings in order, and how many more there were. */
  list(): string[] {
    return this.#more === 0 ? [...this.#told] : [...this.#told, `and ${this.#more} more`];
  }
}

/** Gathers how to undo each step of a start, and undoes them all, last first, once. */
export class TearDown {
  readonly #steps: (() => Promise<void>)[] = [];
  readonly #hurries: (() => void)[] = [];
  #done: Promise<void> | null = null;
  #isHurried = false;

  /** Whether it undoes already: a start that is under way is for nothing. */
  get hasBegun(): boolean {
    return this.#done !== null;
  }

  /** @param hurry has `step` hand back, or cut, at once what it would wait for */
  add(step: () => Promise<void>, hurry?: () => void): void {
    this.#steps.push(step);
    if (hurry === undefined) return;
    this.#hurries.push(hurry);
    if (this.#isHurried) hurry();
  }

  /** Has all steps end soon, those that a start adds later, too. */
  hurry(): void {
    this.#isHurried = true;
    for (const hurry of this.#hurries) hurry();
  }

  run(): Promise<void> {
    this.#done ??= this.#undo();
    return this.#done;
  }

  async #undo(): Promise<void> {
    const failed: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw new AggregateError(failed, 'not everything could be stopped');
  }
}

/** An attempt's place in a slot: the one that runs a model there, or the one whose model comes next. */
export type Place = {
  /** Resolves once the model may start: the one before it has ended. */
  readonly free: Promise<void>;
  /** The model is about to end: the slot may be promised to the next attempt, which gets all ready meanwhile. */
  closing(): void;
  /** The model has ended, or will not start. May be called twice. */
  leave(): void;
};

/** The place of an attempt whose model has ended already: it needs none. */
export const NO_PLACE: Place = { free: Promise.resolve(), closing: () => {}, leave: () => {} };

/** Room for one model at a time. While that is closing, the next attempt may take its place behind it. */
export class Slot {
  readonly #places: PromiseWithResolvers<void>[] = [];
  #isClosing = false;

  /** Whether nobody is in it. */
  get isFree(): boolean {
    return this.#places.length === 0;
  }

  /** Whether an attempt may take a place in it now. */
  get isOpen(): boolean {
    return this.isFree || (this.#places.length === 1 && this.#isClosing);
  }

  take(): Place {
    const mine = Promise.withResolvers<void>();
    if (this.isFree) mine.resolve();
    this.#places.push(mine);
    return {
      free: mine.promise,
      closing: () => {
        if (this.#places[0] === mine) this.#isClosing = true;
      },
      leave: () => this.#leave(mine),
    };
  }

  /** The model is not about to end after all: nobody takes a place behind it any more. */
  stayClosed(): void {
    this.#isClosing = false;
  }

  #leave(mine: PromiseWithResolvers<void>): void {
    const at = this.#places.indexOf(mine);
    if (at < 0) return;
    this.#places.splice(at, 1);
    if (at > 0) return;
    this.#isClosing = false;
    this.#places[0]?.resolve();
  }
}

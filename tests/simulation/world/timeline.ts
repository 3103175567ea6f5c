/** Something that is to happen; called off, it does not. */
type Event = { readonly atMs: number; readonly order: number; happen: (() => void) | null };

/** So many things may happen in one schedule: more is a loop that never ends. */
const EVENTS_MAX = 400_000;
/** So many things at most happen in one turn of the event loop. */
const EVENTS_PER_TURN = 8;

/**
 * The time of a simulated world. It stands still while the code works, and jumps to the next event when nothing is left to do: whole
 * minutes pass in milliseconds, and the same seed gives the same order of everything.
 */
export class Timeline {
  nowMs = 0;
  #order = 0;
  #happened = 0;
  /** A heap: the earliest event first, of those at the same time the one that was entered first. */
  readonly #heap: Event[] = [];

  /** Enters an event; the returned function calls it off. */
  after(delayMs: number, happen: () => void): () => void {
    const event: Event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, happen };
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return () => {
      event.happen = null;
    };
  }

  /** Lets time pass, and everything happen that is due. */
  pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    let isOver = false;
    return new Promise((resolve, reject) => {
      const go = () => {
        if (isOver) return;
        try {
          isOver = !this.#happenNext(endMs);
          if (isOver) resolve();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      // Before each of them every promise that can settle has done so, with everything that follows from it: a turn of the event loop for each
      // event would cost more than most events.
      const turn = () => {
        for (let count = 0; count < EVENTS_PER_TURN; count++) setImmediate(go);
        setImmediate(() => {
          if (!isOver) turn();
        });
      };
      turn();
    });
  }

  /** Lets the next event happen that is due by then; false where there is none: then it is then. */
  #happenNext(endMs: number): boolean {
    for (let event = this.#heap[0]; event !== undefined && event.atMs <= endMs; event = this.#heap[0]) {
      this.#take();
      if (event.happen === null) continue;
      this.nowMs = event.atMs;
      if (++this.#happened > EVENTS_MAX) throw new Error(`More than ${EVENTS_MAX} things happened in one schedule.`);
      event.happen();
      return true;
    }
    this.nowMs = endMs;
    return false;
  }

  #take(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(at: number): void {
    for (let child = at; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(at: number): void {
    for (let parent = at; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let least = parent;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (right < this.#heap.length && this.#isBefore(right, least)) least = right;
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one] as Event, this.#heap[other] as Event];
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one] as Event;
    this.#heap[one] = this.#heap[other] as Event;
    this.#heap[other] = kept;
  }
}

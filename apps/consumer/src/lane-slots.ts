import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps, Lane } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { type CleanUp, runAttempt } from './run-attempt.ts';
import { type Place, Slot } from './slot.ts';

/** Attempts without a slot, per slot: they collect their output, report or clean up. With more, the next model waits for them. */
const ENDINGS_PER_SLOT = 2;
/** An attempt whose slot is not free so long after the model there seemed to end, in milliseconds, is handed back: others may run it. */
const CLOSING_LIMIT_MS = 2_000;

type Running = { readonly claimed: ClaimedAttempt; readonly interrupter: Interrupter; readonly done: Promise<void> };

/**
 * The slots of one lane, and the attempts that run in them. A slot is free as soon as its model has ended: collecting the output and
 * cleaning up go beside the next model. And as soon as its model is about to end, the next attempt gets ready.
 */
export class LaneSlots {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #onRoom: () => void;
  readonly #slots: readonly Slot[];
  readonly #running = new Set<Running>();
  readonly #inSlots = new Set<Running>();
  readonly #cleanUps = new Set<Promise<void>>();
  #handedBack = false;

  /** @param onRoom called whenever there may be room for another attempt */
  constructor(deps: Deps, lane: Lane, onRoom: () => void) {
    this.#deps = deps;
    this.#lane = lane;
    this.#onRoom = onRoom;
    const gpusOf = (at: number) => (lane.pool === 'docker-gpu' ? deps.gpuUuids.slice(at, at + 1) : []);
    this.#slots = Array.from({ length: lane.slots }, (_, at) => new Slot(gpusOf(at)));
  }

  get hasRoom(): boolean {
    return this.#slots.some((slot) => slot.isOpen) && this.#endings < this.#lane.slots * ENDINGS_PER_SLOT;
  }

  running(): readonly ClaimedAttempt[] {
    return [...this.#running].map(({ claimed }) => claimed);
  }

  /** Runs a claimed attempt, for which there is room. */
  start(claimed: ClaimedAttempt): void {
    const slot = this.#slots.find(({ isFree }) => isFree) ?? this.#slots.find(({ isOpen }) => isOpen);
    if (slot === undefined) throw new Error('An attempt was claimed without room for it.');
    const interrupter = new Interrupter();
    const place = this.#takePlace(slot, interrupter, () => this.#inSlots.delete(entry));
    const done = runAttempt(this.#deps, claimed, { runtime: this.#lane.runtime, place, interrupter }).then((cleanUp) => {
      this.#clean(cleanUp, claimed);
      this.#running.delete(entry);
      place.leave();
    });
    const entry: Running = { claimed, interrupter, done };
    this.#running.add(entry);
    this.#inSlots.add(entry);
    // The answer to a claim may come after everything else was handed back.
    if (this.#handedBack) interrupter.interrupt('drain');
  }

  #takePlace(slot: Slot, interrupter: Interrupter, onLeft: () => void): Place {
    const place = slot.take();
    const cancel = this.#deps.clock.after(CLOSING_LIMIT_MS, () => {
      slot.stayClosed();
      interrupter.interrupt('no_slot');
    });
    void place.free.then(cancel);
    return {
      ...place,
      closing: () => {
        place.closing();
        this.#onRoom();
      },
      leave: () => {
        cancel();
        place.leave();
        onLeft();
        this.#onRoom();
      },
    };
  }

  /** Ends every attempt with a hand-back. */
  handBack(): void {
    this.#handedBack = true;
    for (const { interrupter } of this.#running) interrupter.interrupt('drain');
  }

  /** Resolves when nothing runs any more, and everything is cleaned up. */
  async idle(): Promise<void> {
    await Promise.all([...this.#running].map(({ done }) => done));
    await Promise.all(this.#cleanUps);
  }

  /** How many attempts still have something to do, but no slot. */
  get #endings(): number {
    return this.#running.size - this.#inSlots.size + this.#cleanUps.size;
  }

  #clean(cleanUp: CleanUp, { taskUid, attempt }: ClaimedAttempt): void {
    const cleaning = cleanUp()
      .catch((error: unknown) => this.#deps.log.warn({ err: error, taskUid, attempt }, 'what an attempt left is removed by a later sweep'))
      .finally(() => {
        const waited = !this.hasRoom;
        this.#cleanUps.delete(cleaning);
        if (waited && this.hasRoom) this.#onRoom();
      });
    this.#cleanUps.add(cleaning);
  }
}

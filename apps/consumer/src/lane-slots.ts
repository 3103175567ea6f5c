import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps, Lane } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { type CleanUp, runAttempt } from './run-attempt.ts';

/** Attempts without a slot, per slot: they collect their output, report or clean up. With more, the next model waits for them. */
const ENDINGS_PER_SLOT = 2;

type Running = { readonly claimed: ClaimedAttempt; readonly interrupter: Interrupter; readonly done: Promise<void> };

/**
 * The slots of one lane, and the attempts that run in them. A slot is free as soon as its model has ended: collecting the output and
 * cleaning up go beside the next model.
 */
export class LaneSlots {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #onFreed: () => void;
  readonly #running = new Set<Running>();
  readonly #inSlots = new Set<Running>();
  readonly #cleanUps = new Set<Promise<void>>();
  readonly #freeGpus: string[];
  #handedBack = false;

  /** @param onFreed called whenever a slot may have become free */
  constructor(deps: Deps, lane: Lane, onFreed: () => void) {
    this.#deps = deps;
    this.#lane = lane;
    this.#onFreed = onFreed;
    this.#freeGpus = [...deps.gpuUuids];
  }

  get hasFree(): boolean {
    return this.#inSlots.size < this.#lane.slots && this.#endings < this.#lane.slots * ENDINGS_PER_SLOT;
  }

  running(): readonly ClaimedAttempt[] {
    return [...this.#running].map(({ claimed }) => claimed);
  }

  /** Runs a claimed attempt in a free slot. */
  start(claimed: ClaimedAttempt): void {
    const gpuUuids = this.#lane.pool === 'docker-gpu' ? this.#freeGpus.splice(0, 1) : [];
    const interrupter = new Interrupter();
    const freeSlot = () => {
      if (!this.#inSlots.delete(entry)) return;
      this.#freeGpus.push(...gpuUuids);
      this.#onFreed();
    };
    const run = { runtime: this.#lane.runtime, gpuUuids, interrupter, onModelDone: freeSlot };
    const done = runAttempt(this.#deps, claimed, run).then((cleanUp) => {
      this.#clean(cleanUp, claimed);
      this.#running.delete(entry);
      freeSlot();
    });
    const entry: Running = { claimed, interrupter, done };
    this.#running.add(entry);
    this.#inSlots.add(entry);
    // The answer to a claim may come after everything else was handed back.
    if (this.#handedBack) interrupter.interrupt('drain');
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
        const waited = !this.hasFree;
        this.#cleanUps.delete(cleaning);
        if (waited && this.hasFree) this.#onFreed();
      });
    this.#cleanUps.add(cleaning);
  }
}

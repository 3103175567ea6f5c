import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps, Lane } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { type CleanUp, runAttempt } from './run-attempt.ts';

/** Clean-ups that may lag behind, per slot; with more, the lane waits for them. */
const CLEAN_UPS_PER_SLOT = 2;

type Running = { readonly claimed: ClaimedAttempt; readonly interrupter: Interrupter; readonly done: Promise<void> };

/** The slots of one lane, and the attempts that run in them. */
export class LaneSlots {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #onFreed: () => void;
  readonly #running = new Set<Running>();
  readonly #cleanUps = new Set<Promise<void>>();
  readonly #freeGpus: string[];
  #handedBack = false;

  /** @param onFreed called whenever a slot has become free */
  constructor(deps: Deps, lane: Lane, onFreed: () => void) {
    this.#deps = deps;
    this.#lane = lane;
    this.#onFreed = onFreed;
    this.#freeGpus = [...deps.gpuUuids];
  }

  get hasFree(): boolean {
    return this.#running.size < this.#lane.slots;
  }

  running(): readonly ClaimedAttempt[] {
    return [...this.#running].map(({ claimed }) => claimed);
  }

  /** Runs a claimed attempt in a free slot. */
  start(claimed: ClaimedAttempt): void {
    const gpuUuids = this.#lane.pool === 'docker-gpu' ? this.#freeGpus.splice(0, 1) : [];
    const interrupter = new Interrupter();
    const done = runAttempt(this.#deps, claimed, { runtime: this.#lane.runtime, gpuUuids, interrupter }).then(async (cleanUp) => {
      const cleaning = this.#clean(cleanUp, claimed);
      if (this.#cleanUps.size > this.#lane.slots * CLEAN_UPS_PER_SLOT) await cleaning;
      this.#running.delete(entry);
      this.#freeGpus.push(...gpuUuids);
      this.#onFreed();
    });
    const entry: Running = { claimed, interrupter, done };
    this.#running.add(entry);
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

  #clean(cleanUp: CleanUp, { taskUid, attempt }: ClaimedAttempt): Promise<void> {
    const cleaning = cleanUp()
      .catch((error: unknown) => this.#deps.log.warn({ err: error, taskUid, attempt }, 'what an attempt left is removed by a later sweep'))
      .finally(() => this.#cleanUps.delete(cleaning));
    this.#cleanUps.add(cleaning);
    return cleaning;
  }
}

import type { ClaimedAttempt } from '@inference/contracts';
import type { Failure, Outcome } from '@inference/domain';
import type { AttemptRef } from '@inference/runtime';
import type { Deps, Lane } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { AttemptJournal } from './journal/attempt-journal.ts';
import type { JournalEntry, Stage } from './journal/journal-entry.ts';
import { LaneDevices } from './lane-devices.ts';
import type { Remains } from './remains.ts';
import { removeSurely } from './remove-surely.ts';
import { runAttempt } from './run-attempt.ts';
import { NO_PLACE, type Place, Slot } from './slot.ts';

/** Attempts without a slot, per slot: they collect their output, report or clean up. With more, the next model waits for them. */
const ENDINGS_PER_SLOT = 2;
/** An attempt whose slot is not free so long after the model there seemed to end, in milliseconds, is handed back: others may run it. */
const CLOSING_LIMIT_MS = 2_000;

/** What is kept for the next start is kept so long, in milliseconds: by then others have most likely run its task, and the disk is wanted. */
export const KEPT_MS = 24 * 3600_000;

export type SlotHooks = {
  /** There may be room for another attempt. */
  onRoom(): void;
  /** An attempt has ended like this. */
  onOutcome(outcome: Outcome): void;
};

/** For users; the log says more. */
const NOT_ITS_DEVICES: Failure = {
  class: 'infrastructure',
  reason: 'The task was given GPUs that its machine cannot give it. The log of the consumer has the details.',
};

/** How an attempt begins: from nothing, unless an earlier process left it, or it cannot be run here. */
type Beginning = { readonly left?: Stage; readonly adoptions?: number; readonly refusal?: Failure };
type Running = {
  readonly claimed: ClaimedAttempt;
  /** When it was begun or adopted here, on the clock's monotonic time. */
  readonly begunMs: number;
  readonly interrupter: Interrupter;
  readonly done: Promise<void>;
};

/**
 * The slots of one lane, and the attempts that run in them. A slot is free as soon as its model has ended: collecting the output, reporting
 * and cleaning up go beside the next model, but for a fault of this machine, which is reported before. And as soon as its model is about to end,
 * the next attempt gets ready, unless it would need its GPUs. Where nobody knows whether something of a model still lives, its slot and its GPUs
 * stay taken until that is removed.
 */
export class LaneSlots {
  readonly #deps: Deps;
  readonly #lane: Lane;
  readonly #hooks: SlotHooks;
  readonly #slots: readonly Slot[];
  readonly #devices: LaneDevices;
  readonly #running = new Set<Running>();
  readonly #inSlots = new Set<Running>();
  readonly #cleanUps = new Set<Promise<void>>();
  readonly #hurry = new AbortController();
  /** Those that are over, and of which something may still live. */
  readonly #left = new Set<ClaimedAttempt>();
  #kept: { readonly claimed: ClaimedAttempt; readonly sinceMs: number }[] = [];
  #stuck = 0;

  constructor(deps: Deps, lane: Lane, hooks: SlotHooks) {
    this.#deps = deps;
    this.#lane = lane;
    this.#hooks = hooks;
    this.#slots = Array.from({ length: lane.slots }, () => new Slot());
    this.#devices = new LaneDevices(deps, lane, { onFree: () => hooks.onRoom(), hurry: this.#hurry.signal });
  }

  get hasRoom(): boolean {
    const hasSlot = this.#slots.some((slot) => slot.isOpen) && this.#devices.hasFree;
    return hasSlot && this.#endings < this.#lane.slots * ENDINGS_PER_SLOT;
  }

  /** Whether every slot waits until something of an earlier model is gone. */
  get isStuck(): boolean {
    return this.#stuck > 0 && this.#stuck === this.#slots.length;
  }

  running(): readonly ClaimedAttempt[] {
    return [...this.#running].map(({ claimed }) => claimed);
  }

  /** When those that run were begun. */
  begunMs(): readonly number[] {
    return [...this.#running].map(({ begunMs }) => begunMs);
  }

  /** The attempts of which something is, or may be, on this machine. */
  holding(): readonly ClaimedAttempt[] {
    return [...this.running(), ...this.#left];
  }

  /** The attempts whose report was given up, and whose folders are kept for the next start: that may report them. */
  kept(): readonly ClaimedAttempt[] {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#kept = this.#kept.filter(({ sinceMs }) => nowMs - sinceMs < KEPT_MS);
    return this.#kept.map(({ claimed }) => claimed);
  }

  /** The private API is about to be told that nothing of these runs here. */
  giveUp(gone: readonly AttemptRef[]): void {
    this.#devices.giveUp(gone);
  }

  /** Runs a claimed attempt, for which there is room. One that came with devices that it cannot have is not run: it fails. */
  start(claimed: ClaimedAttempt): void {
    const refusal = this.#devices.refusal(claimed);
    if (refusal !== null) {
      const { taskUid, attempt, gpuUuids } = claimed;
      this.#deps.log.error(
        { taskUid, attempt, gpuUuids, refusal },
        'an attempt cannot have the GPUs that it was claimed with: it is not run',
      );
      this.#run(claimed, null, { refusal: NOT_ITS_DEVICES });
      return;
    }
    const slot = this.#slots.find(({ isFree }) => isFree) ?? this.#slots.find(({ isOpen }) => isOpen);
    if (slot === undefined) throw new Error('An attempt was claimed without room for it.');
    this.#run(claimed, slot);
  }

  /** Goes on with an attempt of an earlier process, on the same GPUs; false where it has no place here. */
  adopt({ claimed, adoptions, stage }: JournalEntry): boolean {
    const hasEnded = stage.kind !== 'started';
    const slot = hasEnded ? null : this.#slots.find(({ isFree }) => isFree);
    if (slot === undefined || (!hasEnded && this.#devices.refusal(claimed) !== null)) return false;
    this.#run(claimed, slot, { left: stage, adoptions: adoptions + 1 });
    return true;
  }

  /** @param slot null: it needs none, as no model of it runs any more, or will */
  #run(claimed: ClaimedAttempt, slot: Slot | null, { left, adoptions = 0, refusal }: Beginning = {}): void {
    const { pool, runtime } = this.#lane;
    const interrupter = new Interrupter();
    const onGone = slot === null ? this.#devices.freeing(claimed) : this.#devices.hold(claimed);
    const onLeft = () => {
      onGone();
      this.#inSlots.delete(entry);
    };
    const place = slot === null ? { ...NO_PLACE, leave: onGone } : this.#takePlace(slot, interrupter, onLeft);
    const journal = new AttemptJournal(this.#deps, { pool, claimed, adoptions });
    const run = { runtime, place, interrupter, journal, left: left ?? null, refusal: refusal ?? null };
    const done = runAttempt(this.#deps, claimed, run).then(({ outcome, remains }) => {
      if (outcome !== null) this.#hooks.onOutcome(outcome);
      const { mayLive, areKept } = remains;
      if (areKept) this.#kept.push({ claimed, sinceMs: this.#deps.clock.monotonicMs() });
      this.#cleanUp(remains, claimed, mayLive ? place : null);
      this.#running.delete(entry);
      if (!mayLive) place.leave();
    });
    const entry: Running = { claimed, begunMs: this.#deps.clock.monotonicMs(), interrupter, done };
    this.#running.add(entry);
    if (slot !== null) this.#inSlots.add(entry);
    // The answer to a claim may come after everything else was handed back.
    if (this.#hurry.signal.aborted) interrupter.interrupt('drain');
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
        this.#hooks.onRoom();
      },
      leave: () => {
        cancel();
        place.leave();
        onLeft();
        this.#hooks.onRoom();
      },
    };
  }

  /** Ends every attempt with a hand-back. */
  handBack(): void {
    this.#hurry.abort();
    for (const { interrupter } of this.#running) interrupter.interrupt('drain');
  }

  /** Resolves when nothing runs any more, and everything is cleaned up, or left to the next start. */
  async idle(): Promise<void> {
    await Promise.all([...this.#running].map(({ done }) => done));
    await Promise.all(this.#cleanUps);
    await this.#devices.told();
  }

  /** How many attempts still have something to do, but no slot. */
  get #endings(): number {
    return this.#running.size - this.#inSlots.size + this.#cleanUps.size;
  }

  /** @param place that is left only when nothing of the model is there any more */
  #cleanUp(remains: Remains, claimed: ClaimedAttempt, place: Place | null): void {
    const cleaning = (place === null ? this.#tryToRemove(remains, claimed) : this.#removeSurely(remains, claimed, place)).finally(() => {
      const waited = !this.hasRoom;
      this.#cleanUps.delete(cleaning);
      if (waited && this.hasRoom) this.#hooks.onRoom();
    });
    this.#cleanUps.add(cleaning);
  }

  async #tryToRemove(remains: Remains, { taskUid, attempt }: ClaimedAttempt): Promise<void> {
    await remains
      .remove()
      .catch((error: unknown) => this.#deps.log.warn({ err: error, taskUid, attempt }, 'what an attempt left is removed by a later sweep'));
  }

  async #removeSurely(remains: Remains, claimed: ClaimedAttempt, place: Place): Promise<void> {
    this.#left.add(claimed);
    const onStuck = () => {
      this.#stuck += 1;
    };
    const isGone = await removeSurely(this.#deps, claimed, { remains, onStuck, hurry: this.#hurry.signal });
    if (isGone === 'late') this.#stuck -= 1;
    if (isGone === 'never') return;
    this.#left.delete(claimed);
    place.leave();
  }
}

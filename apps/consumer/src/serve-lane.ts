import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome } from '@inference/domain';
import type { AttemptRef } from '@inference/runtime';
import { FailuresInARow } from '@inference/service';
import type { Deps, Lane } from './deps.ts';
import { faultFields } from './fault-fields.ts';
import type { JournalEntry } from './journal/journal-entry.ts';
import { LaneRest } from './lane-rest.ts';
import { LaneSlots } from './lane-slots.ts';
import { isOfFullDisk } from './steps/disk-full.ts';

/** After a claim that was not answered, the next comes so much later, in milliseconds: a private API that is back is noticed at once. */
const CLAIM_AGAIN_MS = 500;
const STUCK = 'What earlier models left cannot be removed yet: until it is gone, nothing runs in their place.';

/** A pool being served: claims while slots are free, runs what it claimed. */
export type ServedLane = {
  readonly pool: Lane['pool'];
  /** Looks for work now. Called by the idle poll, and when the runtime is well again; rings need no help. */
  wake(): void;
  /** Whether it may claim; lanes begin closed. */
  isOpen(): boolean;
  /** Opens or closes the lane: a closed one claims nothing. One that opens is to be woken. */
  setOpen(open: boolean): void;
  /** Goes on with an attempt of an earlier process; false where it has no place. */
  adopt(entry: JournalEntry): boolean;
  /** Why it claims nothing, as far as it knows by itself: a sentence for people. Null: it does. */
  trouble(): string | null;
  /** The attempts that run now, ... */
  running(): readonly ClaimedAttempt[];
  /** ... and with them those that are over, of which something may still live. */
  holding(): readonly ClaimedAttempt[];
  /** The attempts whose folders the next start needs, though nothing of them runs or lives here. */
  kept(): readonly ClaimedAttempt[];
  /** The private API is about to be told that nothing of these runs here: an answer to a claim that brings one later is refused. */
  giveUp(gone: readonly AttemptRef[]): void;
  /** Takes no ring and claims nothing any more, for good. */
  stopClaiming(): Promise<void>;
  /** Ends every running attempt with a hand-back. */
  handBack(): void;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
};

export function serveLane(deps: Deps, lane: Lane): ServedLane {
  const rest = new LaneRest(deps, lane.pool);
  const onOutcome = (outcome: Outcome) => {
    rest.ended(outcome);
    // Until the next look at the disk says that there is room.
    if (isOfFullDisk(outcome)) open = false;
  };
  const slots = new LaneSlots(deps, lane, { onRoom: () => void wake(), onOutcome });
  // The task that a ring names is a hint: whatever is due is claimed, and with that the ring is dealt with.
  const listener = deps.queue.listen(lane.pool, () => wake());
  listener.pause();
  let open = false;
  let draining = false;
  let claiming: Promise<void> | null = null;
  let wanted = false;
  /** Whether the last claim was answered. */
  let answered = true;
  const failures = new FailuresInARow();
  let cancelAgain = (): void => {};

  const canClaim = () => open && !draining && slots.hasRoom && rest.mayClaim(slots.begunMs());

  const claimAll = async () => {
    while (canClaim()) {
      wanted = false;
      const { consumerId, bootId } = deps;
      const holding = [...new Set(slots.running().map(({ taskUid }) => taskUid))];
      const claimed = await deps.control.claim({ claimId: deps.newId(), consumerId, bootId, pools: [lane.pool], holding });
      answered = true;
      if (failures.end()) deps.log.info({ pool: lane.pool }, 'claims are answered again');
      if (claimed !== null) slots.start(claimed);
      else if (!wanted) return;
    }
  };

  /** Takes rings only while it can follow them: else they are for others. A slot that frees, and the idle poll, claim without a ring. */
  const listenOrPause = () => {
    if (canClaim() && answered) listener.resume();
    else listener.pause();
  };

  const wake = (): Promise<void> => {
    // A ring that comes while a claim is under way may be about a task that this claim did not see.
    wanted = true;
    claiming ??= claimAll()
      .catch((error: unknown) => {
        answered = false;
        cancelAgain();
        if (!draining) cancelAgain = deps.clock.after(CLAIM_AGAIN_MS, () => void wake());
        if (failures.isNews(error)) deps.log.warn({ ...faultFields(error), pool: lane.pool }, 'a claim failed; trying again all the time');
      })
      .finally(() => {
        claiming = null;
        listenOrPause();
        // Somebody called after the last look.
        if (wanted && canClaim()) void wake();
      });
    return claiming;
  };

  return {
    pool: lane.pool,
    ...ofSlots(slots),
    wake: () => void wake(),
    isOpen: () => open,
    setOpen: (value) => {
      open = value;
      if (!open) listener.pause();
    },
    trouble: () => (slots.isStuck ? STUCK : rest.trouble()),
    stopClaiming: () => {
      draining = true;
      cancelAgain();
      return listener.close();
    },
    idle: async () => {
      await claiming;
      await slots.idle();
    },
  };
}

/** What of a lane is its slots' alone. */
function ofSlots(slots: LaneSlots): Pick<ServedLane, 'adopt' | 'running' | 'holding' | 'kept' | 'giveUp' | 'handBack'> {
  return {
    adopt: (entry) => slots.adopt(entry),
    running: () => slots.running(),
    holding: () => slots.holding(),
    kept: () => slots.kept(),
    giveUp: (gone) => slots.giveUp(gone),
    handBack: () => slots.handBack(),
  };
}

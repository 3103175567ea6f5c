import type { ClaimedAttempt } from '@inference/contracts';
import { FailuresInARow } from '@inference/service';
import type { Deps, Lane } from './deps.ts';
import { faultFields } from './fault-fields.ts';
import { LaneSlots } from './lane-slots.ts';

/** A pool being served: claims while slots are free, runs what it claimed. */
export type ServedLane = {
  readonly pool: Lane['pool'];
  /** Looks for work now. Called by the idle poll, and when the runtime is well again; rings need no help. */
  wake(): void;
  /** Opens or closes the lane: a closed one claims nothing. Lanes begin closed. */
  setOpen(open: boolean): void;
  /** The attempts that run now. */
  running(): readonly ClaimedAttempt[];
  /** Takes no ring and claims nothing any more, for good. */
  stopClaiming(): Promise<void>;
  /** Ends every running attempt with a hand-back. */
  handBack(): void;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
};

export function serveLane(deps: Deps, lane: Lane): ServedLane {
  const slots = new LaneSlots(deps, lane, () => void wake());
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

  const canClaim = () => open && !draining && slots.hasRoom;

  const claimAll = async () => {
    while (canClaim()) {
      wanted = false;
      const { consumerId, bootId } = deps;
      const claimed = await deps.control.claim({ claimId: deps.newId(), consumerId, bootId, pools: [lane.pool] });
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
        if (failures.isNews(error))
          deps.log.warn({ ...faultFields(error), pool: lane.pool }, 'a claim failed; trying again every few seconds');
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
    wake: () => void wake(),
    setOpen: (value) => {
      open = value;
      if (!open) listener.pause();
    },
    running: () => slots.running(),
    stopClaiming: () => {
      draining = true;
      return listener.close();
    },
    handBack: () => slots.handBack(),
    idle: async () => {
      await claiming;
      await slots.idle();
    },
  };
}

import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps, Lane } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { type CleanUp, runAttempt } from './run-attempt.ts';

/** A pool being served: claims while slots are free, runs what it claimed. */
export type ServedLane = {
  readonly pool: Lane['pool'];
  /** Looks for work now. Called for rings, by the idle poll, and when the runtime is well again. */
  wake(): void;
  /** Opens or closes the lane: a closed one claims nothing. */
  setOpen(open: boolean): void;
  /** The attempts that run now. */
  running(): readonly ClaimedAttempt[];
  /** Ends every running attempt with a hand-back. */
  handBack(): void;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
};

/** Clean-ups that may lag behind, per slot; with more, the lane waits for them. */
const CLEAN_UPS_PER_SLOT = 2;

type Running = { readonly claimed: ClaimedAttempt; readonly interrupter: Interrupter; readonly done: Promise<void> };

export function serveLane(deps: Deps, lane: Lane): ServedLane {
  const running = new Set<Running>();
  const cleanUps = new Set<Promise<void>>();
  const freeGpus = [...deps.gpuUuids];
  let open = false;
  let claiming: Promise<void> | null = null;
  let wanted = false;

  const start = (claimed: ClaimedAttempt) => {
    const gpuUuids = lane.pool === 'docker-gpu' ? freeGpus.splice(0, 1) : [];
    const interrupter = new Interrupter();
    const done = runAttempt(deps, claimed, { runtime: lane.runtime, gpuUuids, interrupter }).then(async (cleanUp) => {
      const cleaning = clean(cleanUp, claimed);
      if (cleanUps.size > lane.slots * CLEAN_UPS_PER_SLOT) await cleaning;
      running.delete(entry);
      freeGpus.push(...gpuUuids);
      wake();
    });
    const entry: Running = { claimed, interrupter, done };
    running.add(entry);
  };

  const clean = (cleanUp: CleanUp, { taskUid, attempt }: ClaimedAttempt) => {
    const cleaning = cleanUp()
      .catch((error: unknown) => deps.log.warn({ err: error, taskUid, attempt }, 'what an attempt left is removed by a later sweep'))
      .finally(() => cleanUps.delete(cleaning));
    cleanUps.add(cleaning);
    return cleaning;
  };

  const claimAll = async () => {
    while (open && running.size < lane.slots) {
      wanted = false;
      const { consumerId, bootId } = deps;
      const claimed = await deps.control.claim({ claimId: deps.newId(), consumerId, bootId, pools: [lane.pool] });
      if (claimed !== null) start(claimed);
      else if (!wanted) return;
    }
  };

  const wake = () => {
    // A ring that comes while a claim is under way may be about a task that this claim did not see.
    wanted = true;
    if (claiming !== null || !open) return;
    claiming = claimAll()
      .catch((error: unknown) => deps.log.warn({ err: error, pool: lane.pool }, 'a claim failed; trying again at the next look'))
      .finally(() => {
        claiming = null;
      });
  };

  return {
    pool: lane.pool,
    wake,
    setOpen: (value) => {
      open = value;
    },
    running: () => [...running].map(({ claimed }) => claimed),
    handBack: () => {
      for (const { interrupter } of running) interrupter.interrupt('drain');
    },
    idle: async () => {
      await claiming;
      await Promise.all([...running].map(({ done }) => done));
      await Promise.all(cleanUps);
    },
  };
}

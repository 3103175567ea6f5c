import { allocate, type Situation } from '@inference/allocator';
import type { Deps } from '../deps.ts';
import type { ClaimRow, Decision, NewClaim } from '../store/claim-store.ts';
import type { QueueRows } from '../store/queue-store.ts';
import { knownTurns } from './known-turns.ts';
import { situationOf } from './situation-of.ts';

/** A claim is decided anew so often, while others take what it was about to take. */
const DECISIONS_MAX = 20;
/** Who asked longer ago, in milliseconds, may have given up, and been told elsewhere that there is nothing: a GPU given out so late would be nobody's. */
const ASKED_MAX_MS = 5_000;
const NOBODY = new Set<never>();

/**
 * Claims what the allocator gives to a consumer that asks: with GPUs, with room on its machine, or where only so many may run. What was decided
 * holds only if no other claim was decided since, so that none counts what another takes; in one process they come one after the other. That a
 * device is held by one attempt alone is the database's to see to, and not left to this.
 */
export async function decideClaim(deps: Deps, claim: NewClaim): Promise<ClaimRow | null> {
  const askedMs = deps.clock.monotonicMs();
  return await deps.decisions.run(async () => {
    for (let count = 0; count < DECISIONS_MAX; count++) {
      const decision = await decide(deps, claim);
      if (deps.clock.monotonicMs() - askedMs > ASKED_MAX_MS) return null;
      const row = decision && (await deps.store.claimDecided(claim, decision));
      if (decision === null || row !== null) return row;
    }
    return null;
  });
}

async function decide({ store }: Deps, { pool, holding, consumerId }: NewClaim): Promise<Decision | null> {
  // Most often the first tasks of each owner are enough to look at.
  const few = await store.readQueue(pool, holding, 'few');
  const situation = situationOf(pool, few, consumerId);
  const { requests, isWhole } = knownTurns(few, situation.requests);
  const decision = decisionOf(few, { ...situation, requests });
  if (decision !== null || isWhole) return decision;
  const many = await store.readQueue(pool, holding, 'many');
  return decisionOf(many, situationOf(pool, many, consumerId));
}

function decisionOf({ waiting, decided }: QueueRows, situation: Situation): Decision | null {
  const { starts } = allocate({ ...situation, explained: NOBODY });
  const start = starts.find(({ node }) => node === situation.asking);
  const task = waiting.find(({ uid }) => uid === start?.id);
  return start === undefined || task === undefined ? null : { taskId: task.id, gpuUuids: start.devices, decided };
}

import type { ClaimedAttempt, ClaimRequest } from '@inference/contracts';
import { databaseFault } from '@inference/database';
import type { Deps } from '../deps.ts';
import type { ClaimRow, NewClaim } from '../store/claim-store.ts';
import { specOf } from '../store/model-store.ts';
import { decideClaim } from './decide-claim.ts';
import { foreignConsumer } from './foreign-consumer.ts';

/**
 * Claims the task whose turn it is for a consumer, in the first of these pools that has one for it, or answers the attempt that this claim id got
 * before.
 *
 * @param owner of the key that asks
 * @throws AppError `forbidden` where the consumer's name is another owner's
 */
export async function claimTask(deps: Deps, request: ClaimRequest, owner: string): Promise<ClaimedAttempt | null> {
  const { claimId, consumerId, bootId, pools, holding = [] } = request;
  const token = deps.newId();
  for (const pool of new Set(pools)) {
    const row = await claimOnce(deps, { pool, claimId, owner, consumerId, bootId, holding, token });
    if (row !== null) return tell(deps, row);
  }
  // A claim that was heard before finds, with nothing due, its attempt.
  const [isForeign, row] = await Promise.all([deps.store.isOfAnother(consumerId, owner), deps.store.findClaim(claimId)]);
  if (isForeign) throw foreignConsumer(consumerId);
  return row === null ? null : tell(deps, row);
}

/** The id of a claim that was heard before is taken: then it is answered with its attempt. */
async function claimOnce(deps: Deps, claim: NewClaim): Promise<ClaimRow | null> {
  try {
    // Every task of the pool with GPUs asks for some.
    if (claim.pool === 'docker-gpu') return await decideClaim(deps, claim);
    const row = await deps.store.claimNext(claim, 'few');
    if (row !== null) return row;
    const { isAny, isSpecial } = await deps.store.whatWaits(claim.pool);
    if (isSpecial) return await decideClaim(deps, claim);
    // Other claims may be about to take the first of each owner.
    return isAny ? await deps.store.claimNext(claim, 'many') : null;
  } catch (error) {
    if (databaseFault(error) !== 'duplicate') throw error;
    return await deps.store.findClaim(claim.claimId);
  }
}

function tell(deps: Deps, row: ClaimRow): ClaimedAttempt {
  deps.news.tell(row.taskUid);
  const spec = specOf(row);
  const timeMs = Math.min(spec.limits.timeMs, Number(row.taskTimeMs ?? spec.limits.timeMs));
  return {
    taskUid: row.taskUid,
    attempt: row.attempt,
    token: row.token,
    model: { ...spec, limits: { ...spec.limits, timeMs } },
    pinnedImage: row.pinnedImage,
    input: { bytes: Number(row.inputBytes), sha256: row.inputSha256 },
    gpuUuids: row.gpuUuids,
  };
}

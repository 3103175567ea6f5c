import type { ClaimedAttempt, ClaimRequest } from '@inference/contracts';
import { databaseFault } from '@inference/database';
import type { Deps } from '../deps.ts';
import { type ClaimRow, claimNext, findClaim } from '../store/attempt-store.ts';
import { findModelById, specOf } from '../store/model-store.ts';

/** Claims the next due task of these pools for a consumer, or answers the attempt that this claim id got before. */
export async function claimTask(deps: Deps, request: ClaimRequest): Promise<ClaimedAttempt | null> {
  const { claimId, consumerId, bootId, pools } = request;
  const claim = { claimId, consumerId, bootId, pools, token: deps.newId() };
  const row = (await findClaim(deps.db, claimId)) ?? (await claimOnce(deps, claim));
  return row === null ? null : await describeClaim(deps, row);
}

async function claimOnce(deps: Deps, claim: Parameters<typeof claimNext>[1]): Promise<ClaimRow | null> {
  try {
    return await claimNext(deps.db, claim);
  } catch (error) {
    if (databaseFault(error) !== 'duplicate') throw error;
    // The same claim came twice, and the other one was quicker.
    return await findClaim(deps.db, claim.claimId);
  }
}

async function describeClaim(deps: Deps, row: ClaimRow): Promise<ClaimedAttempt> {
  const model = await findModelById(deps.db, row.modelId);
  return {
    taskUid: row.taskUid,
    attempt: row.attempt,
    token: row.token,
    model: specOf(model),
    pinnedImage: row.pinnedImage,
    input: { bytes: Number(row.inputBytes), sha256: row.inputSha256 },
  };
}

import type { ClaimedAttempt, ClaimRequest } from '@inference/contracts';
import { databaseFault } from '@inference/database';
import type { Deps } from '../deps.ts';
import { type ClaimRow, claimNext, findClaim } from '../store/attempt-store.ts';
import { isOfAnother } from '../store/consumer-store.ts';
import { specOf } from '../store/model-store.ts';
import { foreignConsumer } from './foreign-consumer.ts';

/**
 * Claims the next due task of these pools for a consumer, or answers the attempt that this claim id got before.
 *
 * @param owner of the key that asks
 * @throws AppError `forbidden` where the consumer's name is another owner's
 */
export async function claimTask(deps: Deps, request: ClaimRequest, owner: string): Promise<ClaimedAttempt | null> {
  const { claimId, consumerId, bootId, pools } = request;
  const claim = { claimId, owner, consumerId, bootId, pools, token: deps.newId() };
  // A claim that was heard before finds its id taken, or, with nothing due, its attempt.
  const row = (await claimOnce(deps, claim)) ?? (await findOwnClaim(deps, claim));
  if (row === null) return null;
  deps.news.tell(row.taskUid);
  return describeClaim(row);
}

async function findOwnClaim(deps: Deps, { claimId, consumerId, owner }: Parameters<typeof claimNext>[1]): Promise<ClaimRow | null> {
  if (await isOfAnother(deps.db, consumerId, owner)) throw foreignConsumer(consumerId);
  return await findClaim(deps.db, claimId);
}

async function claimOnce(deps: Deps, claim: Parameters<typeof claimNext>[1]): Promise<ClaimRow | null> {
  try {
    return await claimNext(deps.db, claim);
  } catch (error) {
    if (databaseFault(error) !== 'duplicate') throw error;
    return await findClaim(deps.db, claim.claimId);
  }
}

function describeClaim(row: ClaimRow): ClaimedAttempt {
  const spec = specOf(row);
  const timeMs = Math.min(spec.limits.timeMs, Number(row.taskTimeMs ?? spec.limits.timeMs));
  return {
    taskUid: row.taskUid,
    attempt: row.attempt,
    token: row.token,
    model: { ...spec, limits: { ...spec.limits, timeMs } },
    pinnedImage: row.pinnedImage,
    input: { bytes: Number(row.inputBytes), sha256: row.inputSha256 },
  };
}

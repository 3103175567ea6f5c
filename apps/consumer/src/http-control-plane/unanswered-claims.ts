import type { ClaimedAttempt, ClaimRequest } from '@inference/contracts';
import { isApiFault } from './is-api-fault.ts';
import { Outage } from './outage.ts';

/**
 * Remembers claims that had no answer, or met a fault of the private API. They may have been heard, and their attempt would wait for a holder until its lease ends: so the
 * next claim for the same pools repeats one that was not answered, with its claim id, and gets that attempt.
 */
export class UnansweredClaims {
  readonly #claimIds = new Map<string, string>();

  async ask(request: ClaimRequest, claim: (request: ClaimRequest) => Promise<ClaimedAttempt | null>): Promise<ClaimedAttempt | null> {
    const pools = request.pools.join();
    const claimId = this.#claimIds.get(pools) ?? request.claimId;
    // Taken out: claims at the same time must not share an id, and with it an attempt.
    this.#claimIds.delete(pools);
    try {
      return await claim({ ...request, claimId });
    } catch (error) {
      if (error instanceof Outage || isApiFault(error)) this.#claimIds.set(pools, claimId);
      throw error;
    }
  }
}

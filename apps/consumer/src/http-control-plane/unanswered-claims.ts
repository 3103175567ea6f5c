import type { ClaimedAttempt, ClaimRequest } from '@inference/contracts';
import { isApiFault } from './is-api-fault.ts';
import { Outage } from './outage.ts';

/** A claim that meets a fault of the private API itself is repeated so often (about five minutes): one that always does must not block its pools. */
export const FAULTS_MAX = 120;

type Unanswered = { readonly claimId: string; readonly faults: number };

/**
 * Remembers claims that had no answer, or met a fault of the private API. They may have been heard, and their attempt would wait for a holder until
 * its lease ends: so the next claim for the same pools repeats one that was not answered, with its claim id, and gets that attempt.
 */
export class UnansweredClaims {
  readonly #claims = new Map<string, Unanswered>();

  async ask(request: ClaimRequest, claim: (request: ClaimRequest) => Promise<ClaimedAttempt | null>): Promise<ClaimedAttempt | null> {
    const pools = request.pools.join();
    const { claimId, faults } = this.#claims.get(pools) ?? { claimId: request.claimId, faults: 0 };
    // Taken out: claims at the same time must not share an id, and with it an attempt.
    this.#claims.delete(pools);
    try {
      return await claim({ ...request, claimId });
    } catch (error) {
      if (error instanceof Outage) this.#claims.set(pools, { claimId, faults });
      if (isApiFault(error) && faults < FAULTS_MAX) this.#claims.set(pools, { claimId, faults: faults + 1 });
      throw error;
    }
  }
}

import type { ClaimRequest } from '@inference/contracts';
import { AppError, newId } from '@inference/domain';
import { expect, it } from 'vitest';
import { Outage } from './outage.ts';
import { FAULTS_MAX, UnansweredClaims } from './unanswered-claims.ts';

/** Claims so often for one pool, each time with a new id and met by this error, and answers how many ids were sent. */
async function idsOf(error: Error, claims: number): Promise<number> {
  const [unanswered, sent] = [new UnansweredClaims(), new Set<string>()];
  const meet = async ({ claimId }: ClaimRequest) => {
    sent.add(claimId);
    throw error;
  };
  for (let claim = 0; claim < claims; claim++)
    await expect(unanswered.ask({ claimId: newId(), consumerId: 'c', bootId: 'b', pools: ['docker-cpu'] }, meet)).rejects.toBe(error);
  return sent.size;
}

const FAULT = new AppError('internal');

it.each([
  ['has no answer', new Outage('away')],
  ['meets a fault of the private API, as a COMMIT whose answer was lost', FAULT],
])('a claim that %s is repeated with its id: it may have been heard', async (_what, error) => {
  expect(await idsOf(error, 2)).toBe(1);
});

it('a claim that is refused is not repeated, nor for ever one that always meets a fault', async () => {
  expect(await idsOf(new AppError('forbidden'), 2)).toBe(2);
  expect(await idsOf(FAULT, FAULTS_MAX + 1)).toBe(1);
  expect(await idsOf(FAULT, FAULTS_MAX + 2)).toBe(2);
});

import type { ClaimRequest } from '@inference/contracts';
import { AppError } from '@inference/domain';
import { expect, it } from 'vitest';
import { Outage } from './outage.ts';
import { UnansweredClaims } from './unanswered-claims.ts';

/** Claims twice for one pool, the first time with this end, and answers the claim ids that were sent. */
async function claimTwice(error: Error): Promise<string[]> {
  const [claims, sent] = [new UnansweredClaims(), [] as string[]];
  const ask = (claimId: string) =>
    claims.ask({ claimId, consumerId: 'c', bootId: 'b', pools: ['docker-cpu'] }, async (request: ClaimRequest) => {
      sent.push(request.claimId);
      if (sent.length === 1) throw error;
      return null;
    });
  await expect(ask('first')).rejects.toBe(error);
  await ask('second');
  return sent;
}

it.each([
  ['has no answer', new Outage('away')],
  ['meets a fault of the private API, as a COMMIT whose answer was lost', new AppError('internal')],
])('a claim that %s is repeated with its id: it may have been heard', async (_what, error) => {
  expect(await claimTwice(error)).toEqual(['first', 'first']);
});

it('a claim that is refused is not repeated', async () => {
  expect(await claimTwice(new AppError('forbidden'))).toEqual(['first', 'second']);
});

import { CONSUMER_ROUTES, type Lease, type RenewReply, renewAnswerSchema } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Api } from './api.ts';
import { ask } from './ask.ts';
import { Outage } from './outage.ts';

/** A renewal must be answered within this time, in milliseconds: there must be time for others before the lease ends (30 seconds). */
const RENEW_TIMEOUT_MS = 5_000;

export async function renewLease(api: Api, lease: Lease): Promise<RenewReply> {
  try {
    const question = { route: CONSUMER_ROUTES.renew, values: lease, token: lease.token, timeoutMs: RENEW_TIMEOUT_MS };
    const answer = await ask(api, question, renewAnswerSchema);
    if (answer === null) throw new Outage('The private API gave an empty answer to a renewal.');
    return answer.reply;
  } catch (error) {
    if (error instanceof AppError && error.code === 'stale') return 'stale';
    throw error;
  }
}

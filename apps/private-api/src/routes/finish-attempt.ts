import { reportSchema } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { finishAttempt } from '../services/finish-attempt.ts';

/** POST /api/attempts/{taskUid}/{attempt}/outcome -> 204, recorded; 409 when the attempt was over before. */
export function finishAttemptRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { outcome, tails } = checkMessage(reportSchema, request.body);
    if ((await finishAttempt(deps, leaseOf(request), outcome, tails)) === 'stale') throw new AppError('stale');
    response.status(204).end();
  };
}

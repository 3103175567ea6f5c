import { liveBatchSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { keepLive } from '../services/keep-live.ts';

/** POST /api/attempts/{taskUid}/{attempt}/live -> 204; 409 when the lease is over. */
export function tellLiveRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await keepLive(deps, leaseOf(request), checkMessage(liveBatchSchema, request.body));
    response.status(204).end();
  };
}

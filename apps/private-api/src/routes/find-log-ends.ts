import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { findLogEnds } from '../services/find-log-ends.ts';

/** GET /api/attempts/{taskUid}/{attempt}/log-ends -> 200, how much of its log was told; 409 when the lease is over. */
export function findLogEndsRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json(await findLogEnds(deps, leaseOf(request)));
  };
}

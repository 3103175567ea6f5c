import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { renewLease } from '../services/renew-lease.ts';

/** POST /api/attempts/{taskUid}/{attempt}/renew -> 200, whether to go on; 409 when the lease is over. */
export function renewLeaseRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const reply = await renewLease(deps, leaseOf(request));
    if (reply === 'stale') throw new AppError('stale');
    response.json({ reply });
  };
}

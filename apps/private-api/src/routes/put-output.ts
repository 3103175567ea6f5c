import type { RequestHandler } from 'express';
import { acceptBody } from '../accept-body.ts';
import { bodyOf } from '../body-of.ts';
import { cutWhenIdle } from '../cut-when-idle.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { findLive } from '../services/find-live.ts';
import { putOutput } from '../services/put-output.ts';
import { keepGiving } from '../signs-of-life.ts';

/** PUT /api/attempts/{taskUid}/{attempt}/output, the zip as the body -> 200, where it lies; 409 when the lease is over. */
export function putOutputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const lease = leaseOf(request);
    await findLive(deps.store, lease);
    acceptBody(request, response);
    cutWhenIdle(request);
    // From here on nothing comes, and a slow disk may take longer for what came last than both sides let a connection be idle.
    request.once('end', () => keepGiving(response, deps.clock));
    response.json(await putOutput(deps, lease, bodyOf(request)));
  };
}

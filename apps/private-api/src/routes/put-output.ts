import { PassThrough, type Readable } from 'node:stream';
import { AppError } from '@inference/domain';
import type { Request, RequestHandler } from 'express';
import { acceptBody } from '../accept-body.ts';
import { cutWhenIdle } from '../cut-when-idle.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { findLive } from '../services/find-live.ts';
import { putOutput } from '../services/put-output.ts';

/** PUT /api/attempts/{taskUid}/{attempt}/output, the zip as the body -> 200, where it lies; 409 when the lease is over. */
export function putOutputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const lease = leaseOf(request);
    await findLive(deps.db, lease);
    acceptBody(request, response);
    cutWhenIdle(request);
    response.json(await putOutput(deps, lease, bodyOf(request)));
  };
}

/** The body as a stream of its own: whoever stops reading it early must not cut the connection before the answer is out. */
function bodyOf(request: Request): Readable {
  const body = new PassThrough();
  // It may break off before anybody reads it; who reads it then is told all the same.
  body.on('error', () => {});
  request.once('close', () => {
    if (!request.complete) body.destroy(new AppError('upload_incomplete'));
  });
  // The request closes, too, and that says all.
  request.once('error', () => {});
  return request.pipe(body);
}

import { noteSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { noteProgress } from '../services/note-progress.ts';

/** POST /api/attempts/{taskUid}/{attempt}/events -> 204; 409 when the lease is over. */
export function noteProgressRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await noteProgress(deps, leaseOf(request), checkMessage(noteSchema, request.body).text);
    response.status(204).end();
  };
}

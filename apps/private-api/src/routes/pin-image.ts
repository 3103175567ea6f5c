import { pinnedImageSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { pinImage } from '../services/pin-image.ts';

/** POST /api/attempts/{taskUid}/{attempt}/image -> 200, the image to use; 409 when the lease is over. */
export function pinImageRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json({ image: await pinImage(deps, leaseOf(request), checkMessage(pinnedImageSchema, request.body).image) });
  };
}

import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { freeDevices } from '../services/free-devices.ts';

/** POST /api/attempts/{taskUid}/{attempt}/devices-free -> 204, also where it has none. */
export function freeDevicesRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await freeDevices(deps, leaseOf(request));
    response.status(204).end();
  };
}

import type { RequestHandler } from 'express';
import { cutWhenIdle } from '../cut-when-idle.ts';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { sendFile } from '../send-file.ts';
import { inputOf, modelZipOf } from '../services/fetch-files.ts';

/** GET /api/attempts/{taskUid}/{attempt}/input -> 200 or 206, the task's input zip; 409 when the lease is over. */
export function fetchInputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const input = await inputOf(deps, leaseOf(request));
    cutWhenIdle(request);
    await sendFile(deps, { ...input, name: 'input.zip' }, request, response);
  };
}

/** GET /api/attempts/{taskUid}/{attempt}/model-zip -> 200 or 206, the model's zip; 404 when it has none. */
export function fetchModelZipRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const zip = await modelZipOf(deps, leaseOf(request));
    cutWhenIdle(request);
    await sendFile(deps, { ...zip, name: 'model.zip' }, request, response);
  };
}

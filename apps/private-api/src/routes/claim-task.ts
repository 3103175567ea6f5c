import { claimRequestSchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { identityOf } from '../allow.ts';
import { checkMessage } from '../check-message.ts';
import type { Deps } from '../deps.ts';
import { claimTask } from '../services/claim-task.ts';

/** POST /api/claims -> 200, the claimed attempt; 204 when no task is due. */
export function claimTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const claimed = await claimTask(deps, checkMessage(claimRequestSchema, request.body), identityOf(response).owner);
    if (claimed === null) response.status(204).end();
    else response.json(claimed);
  };
}

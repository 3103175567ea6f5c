import type { RequestHandler } from 'express';
import { viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { explainTask } from '../../services/explain-task.ts';
import { taskIn } from '../../v1/path-parameter.ts';

/** GET /api/v1/tasks/{task}/explain -> 200, why it waits. */
export function explainTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json(await explainTask(deps, taskIn(request), viewerOf(response)));
  };
}

import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import { identityOf, viewerOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { describeTask } from '../describe-task.ts';
import { taskUid } from '../task-uid.ts';

/** GET /api/tasks/{uid} (private) -> 200, the task, deleted ones included. */
export function getTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    // A consumer may be given any task to run.
    const viewer = identityOf(response).grants.has('consumer') ? null : viewerOf(response);
    const task = await deps.store.findTaskFor(taskUid(request), viewer);
    if (task === null) throw new AppError('task_not_found');
    response.json(describeTask(task));
  };
}

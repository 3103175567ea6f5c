import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { describeTask } from '../describe-task.ts';
import { findTask } from '../store/task-store.ts';
import { taskUid } from '../task-uid.ts';

/** GET /api/tasks/{uid} (private) -> 200, the task, deleted ones included. */
export function getTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const task = await findTask(deps.db, taskUid(request));
    if (task === null) throw new AppError('task_not_found');
    response.json(describeTask(task));
  };
}

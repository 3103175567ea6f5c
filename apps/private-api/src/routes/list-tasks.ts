import type { RequestHandler } from 'express';
import { viewerOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { describeTask } from '../describe-task.ts';
import { listTasks } from '../services/list-tasks.ts';

/** GET /api/tasks/ (private) -> 200, the tasks, newest first. */
export function listTasksRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    response.json((await listTasks(deps, viewerOf(response))).map(describeTask));
  };
}

import type { RequestHandler } from 'express';
import { actorOf, viewerOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { deleteTask } from '../services/delete-task.ts';
import { taskUid } from '../task-uid.ts';

/** DELETE /api/tasks/{uid} -> 200; the task is unknown from then on. */
export function deleteTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await deleteTask(deps, taskUid(request), viewerOf(response), actorOf(response));
    response.json({ detail: 'Task deleted' });
  };
}

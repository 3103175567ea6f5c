import type { RequestHandler } from 'express';
import { actorOf, senderOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { nameTask } from '../../request-line.ts';
import { cancelTask } from '../../services/cancel-task.ts';
import { deleteTask } from '../../services/delete-task.ts';
import { requeueTask } from '../../services/requeue-task.ts';
import { retryTask } from '../../services/retry-task.ts';
import { viewTask } from '../../services/view-task.ts';
import { taskIn } from '../../v1/path-parameter.ts';
import { readIdempotencyKey } from '../../v1/read-headers.ts';
import { RETRY_AFTER_SECONDS } from '../../v1/send-output.ts';
import { sendTask, setLocation } from '../../v1/send-task.ts';
import { taskOf } from '../../v1/task-of.ts';

/** Operators put any task back: looking after the tasks of others is what they are for. */
const EVERYBODYS = null;

/** POST /api/v1/tasks/{task}/cancel -> 200, what happened. */
export function cancelTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const [uid, viewer] = [taskIn(request), viewerOf(response)];
    const result = await cancelTask(deps, uid, viewer, actorOf(response));
    response.json({ result, task: taskOf(await viewTask(deps, uid, viewer)) });
  };
}

/** POST /api/v1/tasks/{task}/retry -> 202, the new task. */
export function retryTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const viewer = viewerOf(response);
    const sender = senderOf(response, readIdempotencyKey(request));
    const { uid } = await retryTask(deps, taskIn(request), { viewer, sender, by: actorOf(response) });
    nameTask(response, uid);
    setLocation(response, uid);
    response.status(202).set('Retry-After', RETRY_AFTER_SECONDS);
    sendTask(request, response, await viewTask(deps, uid, viewer));
  };
}

/** DELETE /api/v1/tasks/{task} -> 204; the task is unknown from then on. */
export function deleteTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await deleteTask(deps, taskIn(request), viewerOf(response), actorOf(response));
    response.status(204).end();
  };
}

/** POST /api/v1/tasks/{task}/requeue -> 200, the task, which waits again. For operators. */
export function requeueTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskIn(request);
    await requeueTask(deps, uid, EVERYBODYS, actorOf(response));
    sendTask(request, response, await viewTask(deps, uid, EVERYBODYS));
  };
}

import { listTasksQuerySchema, V1_LIMITS, waitQuerySchema } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { awaitTask } from '../../services/await-task.ts';
import { readCursor } from '../../v1/cursor.ts';
import { taskIn } from '../../v1/path-parameter.ts';
import { labelsOf, readQuery } from '../../v1/read-query.ts';
import { sendPage } from '../../v1/send-page.ts';
import { sendTask, whileConnected } from '../../v1/send-task.ts';
import { itemOf } from '../../v1/task-of.ts';

/** GET /api/v1/tasks/{task} -> 200, the task; with `?wait=` once it has ended, or the time is over. */
export function getTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskIn(request);
    const { wait: seconds = 0 } = readQuery(waitQuerySchema, request);
    sendTask(request, response, await awaitTask(deps, uid, viewerOf(response), { seconds, signal: whileConnected(response) }));
  };
}

/** GET /api/v1/tasks -> 200, a page of tasks, newest first. */
export function listTasksRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { limit = V1_LIMITS.pageDefault, cursor, state, model, label } = readQuery(listTasksQuerySchema, request);
    const rows = await deps.store.listTaskItems({
      viewer: viewerOf(response),
      state: state ?? null,
      model: model ?? null,
      labels: labelsOf(label),
      before: readCursor(cursor),
      countMax: limit + 1,
    });
    sendPage(request, response, { rows, limit }, itemOf);
  };
}

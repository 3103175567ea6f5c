import { V1_ROUTES, type V1Route } from '@inference/contracts';
import type { Express, RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import type { IdentifyCaller } from '../identify-caller.ts';
import { cancelTaskRoute, deleteTaskRoute, requeueTaskRoute, retryTaskRoute } from '../routes/v1/act-on-task.ts';
import { followTaskRoute } from '../routes/v1/follow-task.ts';
import { getFileRoute, getInputRoute, getOutputRoute, listFilesRoute } from '../routes/v1/get-files.ts';
import { getTaskRoute, listTasksRoute } from '../routes/v1/get-task.ts';
import { getTaskLogsRoute } from '../routes/v1/get-task-logs.ts';
import { changeModelRoute, getModelRoute, listModelsRoute, registerModelRoute } from '../routes/v1/models.ts';
import { getQueueRoute, listConsumersRoute } from '../routes/v1/operations.ts';
import { putTaskRoute, submitTaskRoute } from '../routes/v1/submit-task.ts';
import { refuseMethod } from './refuse-method.ts';
import { createRequireScope } from './require-scope.ts';

/** Who answers each route of the contract, by its id. */
const HANDLERS: Readonly<Record<string, (deps: Deps) => RequestHandler>> = {
  submitTask: submitTaskRoute,
  putTask: putTaskRoute,
  listTasks: listTasksRoute,
  getTask: getTaskRoute,
  getTaskOutput: getOutputRoute,
  getTaskInput: getInputRoute,
  listTaskFiles: listFilesRoute,
  getTaskFile: getFileRoute,
  getTaskLogs: getTaskLogsRoute,
  followTask: followTaskRoute,
  cancelTask: cancelTaskRoute,
  retryTask: retryTaskRoute,
  deleteTask: deleteTaskRoute,
  requeueTask: requeueTaskRoute,
  listModels: listModelsRoute,
  registerModel: registerModelRoute,
  getModel: getModelRoute,
  changeModel: changeModelRoute,
  listConsumers: listConsumersRoute,
  getQueue: getQueueRoute,
};

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** Serves every route of the contract of /api/v1, each behind its scope; other methods of the same addresses are refused by name. */
export function mountV1(app: Express, deps: Deps, identify: IdentifyCaller): void {
  const requireScope = createRequireScope(identify);
  for (const route of V1_ROUTES) {
    const handler = HANDLERS[route.id];
    if (handler === undefined) throw new Error(`nothing serves the route ${route.id} of the contract`);
    app[METHODS[route.method]](patternOf(route), requireScope(route.scope), handler(deps));
  }
  app.use(refuseMethod);
}

/** The path as Express writes it. */
function patternOf({ path }: V1Route): string {
  return path.replace('{path}', '*path').replace(/\{(\w+)\}/g, ':$1');
}

import { SCOPES, type Scope, V1_ROUTES, type V1Route } from '@inference/contracts';
import type { Express, RequestHandler } from 'express';
import type { Allow } from '../allow.ts';
import type { Deps } from '../deps.ts';
import type { KnownKeys } from '../keys/known-keys.ts';
import { cancelTaskRoute, deleteTaskRoute, requeueTaskRoute, retryTaskRoute } from '../routes/v1/act-on-task.ts';
import { explainTaskRoute } from '../routes/v1/explain-task.ts';
import { followTaskRoute } from '../routes/v1/follow-task.ts';
import { getFileRoute, getInputRoute, getOutputRoute, listFilesRoute } from '../routes/v1/get-files.ts';
import { getMeRoute } from '../routes/v1/get-me.ts';
import { getTaskRoute, listTasksRoute } from '../routes/v1/get-task.ts';
import { getTaskLogsRoute } from '../routes/v1/get-task-logs.ts';
import { changeKeyRoute, createKeyRoute, listKeysRoute, revokeKeyRoute, rotateKeyRoute } from '../routes/v1/keys.ts';
import { listAuditRoute } from '../routes/v1/list-audit.ts';
import { changeModelRoute, getModelRoute, getModelUsageRoute, listModelsRoute, registerModelRoute } from '../routes/v1/models.ts';
import { forgetConsumerRoute, getQueueRoute, listConsumersRoute, listGpusRoute } from '../routes/v1/operations.ts';
import { putTaskRoute, submitTaskRoute } from '../routes/v1/submit-task.ts';
import { refuseMethod } from './refuse-method.ts';

/** Who answers each route of the contract, by its id. */
const HANDLERS: Readonly<Record<string, (deps: Deps, keys: KnownKeys) => RequestHandler>> = {
  submitTask: submitTaskRoute,
  putTask: putTaskRoute,
  listTasks: listTasksRoute,
  explainTask: explainTaskRoute,
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
  getModelUsage: getModelUsageRoute,
  changeModel: changeModelRoute,
  listConsumers: listConsumersRoute,
  forgetConsumer: forgetConsumerRoute,
  listGpus: listGpusRoute,
  getQueue: getQueueRoute,
  getMe: getMeRoute,
  createKey: createKeyRoute,
  listKeys: listKeysRoute,
  changeKey: changeKeyRoute,
  revokeKey: revokeKeyRoute,
  rotateKey: rotateKeyRoute,
  listAudit: listAuditRoute,
};

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** Serves every route of the contract of /api/v1, each behind its scope; other methods of the same addresses are refused by name. */
export function mountV1(app: Express, deps: Deps, { allow, keys }: { allow: Allow; keys: KnownKeys }): void {
  for (const route of V1_ROUTES) {
    const handler = HANDLERS[route.id];
    if (handler === undefined) throw new Error(`nothing serves the route ${route.id} of the contract`);
    app[METHODS[route.method]](patternOf(route), allow(...scopesFor(route)), handler(deps, keys));
  }
  app.use(refuseMethod);
}

function scopesFor({ scope }: V1Route): readonly Scope[] {
  return scope === 'any' ? SCOPES : [scope];
}

/** The path as Express writes it. */
function patternOf({ path }: V1Route): string {
  return path.replace('{path}', '*path').replace(/\{(\w+)\}/g, ':$1');
}

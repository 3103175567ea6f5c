import { putTaskQuerySchema, submitQuerySchema, type TaskOptions } from '@inference/contracts';
import { AppError, isFinal } from '@inference/domain';
import type { Request, RequestHandler, Response } from 'express';
import { senderOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { nameTask } from '../../request-line.ts';
import { awaitTask } from '../../services/await-task.ts';
import { outputOfTask } from '../../services/find-task-files.ts';
import { modelForTask, type Sender, submitTask, type TaskWishes } from '../../services/submit-task.ts';
import { pathParameter } from '../../v1/path-parameter.ts';
import { readIdempotencyKey, readPreferredWait } from '../../v1/read-headers.ts';
import { labelsOf, readQuery } from '../../v1/read-query.ts';
import { receiveInput } from '../../v1/receive-input.ts';
import { RETRY_AFTER_SECONDS, sendZip } from '../../v1/send-output.ts';
import { sendTask, setLocation, whileConnected } from '../../v1/send-task.ts';
import { wishesOf } from '../../v1/wishes-of.ts';

/** POST /api/v1/models/{model}/tasks -> 202 and the task; 200 where it ended in the time that the client wished to wait. */
export function submitTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const sender = senderOf(response, readIdempotencyKey(request));
    const query = readQuery(submitQuerySchema, request);
    await accept(deps, { request, response }, { sender, modelId: pathParameter(request, 'model', 'model_not_found'), query });
  };
}

/** PUT /api/v1/tasks/{client}?model= -> the same, under a name of the client's own. */
export function putTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const sender = senderOf(response, pathParameter(request, 'client', 'not_found'));
    const { model: modelId, ...query } = readQuery(putTaskQuerySchema, request);
    await accept(deps, { request, response }, { sender, modelId, query });
  };
}

type Exchange = { readonly request: Request; readonly response: Response };
type Wanted = {
  readonly sender: Sender;
  readonly modelId: string;
  readonly query: Omit<TaskOptions, 'labels' | 'resources'> & { label?: string[] | undefined; gpus?: string | undefined };
};

async function accept(
  deps: Deps,
  { request, response }: Exchange,
  { sender, modelId, query: { label, gpus, ...query } }: Wanted,
): Promise<void> {
  const model = await modelForTask(deps, modelId, { sender, withoutGpu: 'refuse' });
  const asked: TaskOptions = { labels: labelsOf(label), ...query, ...(gpus === undefined ? {} : { resources: { gpus: gpusIn(gpus) } }) };
  wishesOf('query', asked, model);
  const { upload, options } = await receiveInput(deps, request, response);
  let wishes: TaskWishes;
  try {
    wishes = wishesOf('body', merged(asked, options), model);
  } catch (error) {
    await upload.discard();
    throw error;
  }
  const { uid } = await submitTask(deps, { sender, model, withoutGpu: 'refuse', upload, wishes });
  nameTask(response, uid);
  await answer(deps, { request, response }, uid);
}

function merged(query: TaskOptions, options: TaskOptions): TaskOptions {
  return {
    ...query,
    ...options,
    labels: { ...query.labels, ...options.labels },
    resources: { ...query.resources, ...options.resources },
  };
}

function gpusIn(text: string): number | 'all' {
  return text === 'all' ? 'all' : Number(text);
}

async function answer(deps: Deps, { request, response }: Exchange, uid: string): Promise<void> {
  const seconds = readPreferredWait(request);
  setLocation(response, uid);
  if (seconds !== null) response.set('Preference-Applied', `wait=${seconds}`);
  const task = await awaitTask(deps, uid, viewerOf(response), { seconds: seconds ?? 0, signal: whileConnected(response) });
  if (seconds === null || !isFinal(task.state)) {
    response.status(202).set('Retry-After', RETRY_AFTER_SECONDS);
    sendTask(request, response, task);
    return;
  }
  if (request.accepts(['application/json', 'application/zip']) !== 'application/zip') {
    sendTask(request, response, task);
    return;
  }
  if (request.headers.range !== undefined) throw new AppError('bad_request', 'A POST has no ranges: ask for the output of the task.');
  await sendZip(deps, { ...(await outputOfTask(deps, uid, viewerOf(response))), name: `${uid}.zip` }, request, response);
}

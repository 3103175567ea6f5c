import { modelChangeSchema, newModelSchema, pageQuerySchema, V1_LIMITS } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import { actorOf, senderOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { jsonBody } from '../../json-body.ts';
import { refusedImage } from '../../refused-image.ts';
import { awaitTask } from '../../services/await-task.ts';
import { changeModel } from '../../services/change-model.ts';
import { registerAndTry } from '../../services/register-and-try.ts';
import { registerModel } from '../../services/register-model.ts';
import type { Settings } from '../../settings.ts';
import { asksFor } from '../../v1/asks-of.ts';
import { checkFields, wrongField } from '../../v1/check-fields.ts';
import { readCursor } from '../../v1/cursor.ts';
import { modelOf } from '../../v1/model-of.ts';
import { pathParameter } from '../../v1/path-parameter.ts';
import { readPreferredWait } from '../../v1/read-headers.ts';
import { readQuery } from '../../v1/read-query.ts';
import { discardModel, receiveModel } from '../../v1/receive-model.ts';
import { sendPage } from '../../v1/send-page.ts';
import { whileConnected } from '../../v1/send-task.ts';
import { testOf } from '../../v1/test-of.ts';
import { usageOf } from '../../v1/usage-of.ts';

const message = jsonBody(V1_LIMITS.jsonBytesMax);

/** GET /api/v1/models -> 200, a page of models, newest first. */
export function listModelsRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { limit = V1_LIMITS.pageDefault, cursor } = readQuery(pageQuerySchema, request);
    const rows = await deps.store.listModelPage({ before: readCursor(cursor), countMax: limit + 1 });
    sendPage(request, response, { rows, limit }, modelOf);
  };
}

/** GET /api/v1/models/{model} -> 200, the model. */
export function getModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const model = await deps.store.findModel(pathParameter(request, 'model', 'model_not_found'));
    if (model === null) throw new AppError('model_not_found');
    response.json(modelOf(model));
  };
}

/** GET /api/v1/models/{model}/usage -> 200, what its attempts used. */
export function getModelUsageRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const model = await deps.store.findModel(pathParameter(request, 'model', 'model_not_found'));
    if (model === null) throw new AppError('model_not_found');
    response.json(usageOf(model, await deps.store.readModelUsage(model.id)));
  };
}

/** POST /api/v1/models -> 201, the model; with a sample, also how the model does on it. */
export function registerModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { words, zip, sample } = await receiveModel(deps, request, response);
    let model: ReturnType<typeof newModelOf>;
    try {
      model = newModelOf(words, deps.settings);
    } catch (error) {
      await discardModel({ zip, sample });
      throw error;
    }
    const [by, sender] = [actorOf(response), senderOf(response, null)];
    const { made, trial } =
      sample === null
        ? { made: await registerModel(deps, { ...model, zip }, by), trial: null }
        : await registerAndTry(deps, { ...model, zip }, { upload: sample, sender, by });
    const seconds = readPreferredWait(request);
    if (seconds !== null) response.set('Preference-Applied', `wait=${seconds}`);
    const wait = { seconds: seconds ?? 0, signal: whileConnected(response) };
    const test = trial === null ? null : testOf(await awaitTask(deps, trial, viewerOf(response), wait));
    response
      .status(201)
      .set('Location', `/api/v1/models/${made.humanReadableId}`)
      .json({ ...modelOf(made), test });
  };
}

function newModelOf(words: unknown, settings: Settings) {
  const {
    id: humanReadableId,
    image,
    description = '',
    gpu: useGpu = false,
    loosened = [],
    limits = {},
    retries: retriesMax = 0,
    resources = {},
    quotas = {},
  } = checkFields(newModelSchema, 'body', words);
  const refused = refusedImage(image, settings);
  if (refused !== null) throw wrongField('body', 'image', refused);
  const {
    memory_bytes: memoryBytes,
    shm_bytes: shmBytes,
    pids_max: pidsMax,
    time_limit_seconds: seconds,
    hang_seconds: hangSeconds = null,
    cpus = null,
    output_bytes: outputBytes,
  } = limits;
  return {
    humanReadableId,
    image,
    description,
    useGpu,
    loosened,
    limits: {
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(shmBytes === undefined ? {} : { shmBytes }),
      ...(pidsMax === undefined ? {} : { pidsMax }),
      ...(seconds === undefined ? {} : { timeMs: seconds * 1000 }),
      hangMs: hangSeconds === null ? null : hangSeconds * 1000,
      cpus,
      ...(outputBytes === undefined ? {} : { outputBytes }),
    },
    retriesMax,
    asks: asksFor({ useGpu }, resources),
    runningMax: quotas.running_tasks ?? null,
    queuedMax: quotas.queued_tasks ?? null,
  };
}

/** PATCH /api/v1/models/{model} -> 200, the model as it is now. */
export function changeModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const id = pathParameter(request, 'model', 'model_not_found');
    await message(request, response, () => {});
    response.json(modelOf(await changeModel(deps, id, checkFields(modelChangeSchema, 'body', request.body), actorOf(response))));
  };
}

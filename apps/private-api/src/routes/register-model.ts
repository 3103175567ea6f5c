import { V1_LIMITS } from '@inference/contracts';
import { AppError, LOOSENABLE, type Loosened, MODEL_ID_PATTERN, MODEL_RETRIES_MAX } from '@inference/domain';
import type { RequestHandler } from 'express';
import { actorOf, identityOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { describeModel } from '../describe-model.ts';
import { LegacyQuery } from '../legacy-query.ts';
import { receiveZip } from '../receive-zip.ts';
import { refusedImage } from '../refused-image.ts';
import { type NewModel, registerModel } from '../services/register-model.ts';
import type { Settings } from '../settings.ts';

const MIB = 1024 * 1024;
/** An image's name: what a registry and Docker accept, without their finer rules. */
const IMAGE_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$/;
const DESCRIPTION_CHARS_MAX = 4_096;

/** POST /api/models/ -> 200, the model. Settings of the container (`loosened`, limits) are for admins. */
export function registerModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const isAdmin = identityOf(response).grants.has('admin');
    if (!isAdmin && !deps.settings.allowPublicPostModel) {
      throw new AppError('method_not_allowed', 'Models are registered by an admin here.');
    }
    const { model, zipWanted } = readModel(new LegacyQuery(request.query), isAdmin, deps.settings);
    const zip = await receiveZip(deps, request, response);
    if (zipWanted !== (zip !== null)) {
      await zip?.upload.discard();
      throw new AppError(
        'bad_request',
        zipWanted ? 'model_available is true, but there is no zip_file.' : 'There is a zip_file, but model_available is not true.',
      );
    }
    response.json(describeModel(await registerModel(deps, { ...model, zip }, actorOf(response))));
  };
}

function readModel(query: LegacyQuery, isAdmin: boolean, settings: Settings): { model: Omit<NewModel, 'zip'>; zipWanted: boolean } {
  const humanReadableId = query.required('human_readable_id');
  const image = query.required('container_tag');
  const description = query.optional('description', '');
  const zipWanted = query.boolean('model_available', false);
  const useGpu = query.boolean('use_gpu', true);
  if (humanReadableId !== '' && !MODEL_ID_PATTERN.test(humanReadableId)) {
    query.wrong('human_readable_id', 'may have 1 to 128 letters, digits, dots, dashes and underscores, and begins with a letter or digit');
  }
  const refused = IMAGE_PATTERN.test(image) ? refusedImage(image, settings) : 'is not the name of an image';
  if (image !== '' && refused !== null) query.wrong('container_tag', refused);
  if (description.length > DESCRIPTION_CHARS_MAX) query.wrong('description', `has more than ${DESCRIPTION_CHARS_MAX} characters`);
  const loosened = readLoosened(query);
  const limits = readLimits(query);
  const retriesMax = query.integer('retries', 0, MODEL_RETRIES_MAX) ?? 0;
  query.finish();
  if (!isAdmin && (loosened.length > 0 || Object.keys(limits).length > 0 || retriesMax > 0)) {
    throw new AppError('forbidden', 'Only an admin may change the limits of a container.');
  }
  return { model: { humanReadableId, image, description, useGpu, loosened, limits, retriesMax }, zipWanted };
}

function readLoosened(query: LegacyQuery): Loosened[] {
  const names = query
    .optional('loosened', '')
    .split(',')
    .filter((name) => name !== '');
  const unknown = names.find((name) => !Object.hasOwn(LOOSENABLE, name));
  if (unknown !== undefined) query.wrong('loosened', `knows ${Object.keys(LOOSENABLE).join(', ')}`);
  return [...new Set(names)] as Loosened[];
}

function readLimits(query: LegacyQuery): NewModel['limits'] {
  const memoryMib = query.integer('memory_mib', 16, 4_194_304);
  const shmMib = query.integer('shm_mib', 1, 4_194_304);
  const pidsMax = query.integer('pids_max', 16, 4_194_304);
  const timeSeconds = query.integer('time_limit_seconds', 1, V1_LIMITS.timeLimitSecondsMax);
  const hangSeconds = query.integer('hang_seconds', V1_LIMITS.hangSecondsMin, V1_LIMITS.timeLimitSecondsMax);
  return {
    ...(memoryMib === null ? {} : { memoryBytes: memoryMib * MIB }),
    ...(shmMib === null ? {} : { shmBytes: shmMib * MIB }),
    ...(pidsMax === null ? {} : { pidsMax }),
    ...(timeSeconds === null ? {} : { timeMs: timeSeconds * 1000 }),
    ...(hangSeconds === null ? {} : { hangMs: hangSeconds * 1000 }),
  };
}

import { AppError, MODEL_ID_PATTERN, UID_PATTERN } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { describeModel } from '../describe-model.ts';
import { sendFile } from '../send-file.ts';
import type { ModelRow } from '../store/model-store.ts';

/** GET /api/models/{uid} (private) -> 200, the model. */
export function getModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json(describeModel(await findModelByUid(deps, String(request.params['uid']))));
  };
}

/** GET /api/models/human_readable_id/{id} (private) -> 200, the model. */
export function getModelByIdRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const id = String(request.params['id']);
    response.json(describeModel(known(MODEL_ID_PATTERN.test(id) ? await deps.store.findModel(id) : null)));
  };
}

/** GET /api/models/zips/{uid} (private) -> 200, the model's zip. */
export function downloadModelZipRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const model = await findModelByUid(deps, String(request.params['uid']));
    if (model.zipKey === null) throw new AppError('not_found', 'The model has no zip.');
    const file = {
      key: model.zipKey,
      bytes: Number(model.zipBytes),
      sha256: String(model.zipSha256),
      name: `${model.humanReadableId}.zip`,
    };
    await sendFile(deps, file, request, response);
  };
}

/** What is no uid is no model's, and not asked for: the database takes not every text. */
async function findModelByUid(deps: Deps, uid: string): Promise<ModelRow> {
  return known(UID_PATTERN.test(uid) ? await deps.store.findModelByUid(uid) : null);
}

function known(model: ModelRow | null): ModelRow {
  if (model === null) throw new AppError('model_not_found');
  return model;
}

import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { describeModel } from '../describe-model.ts';
import { sendFile } from '../send-file.ts';
import type { ModelRow } from '../store/model-store.ts';

/** GET /api/models/{uid} (private) -> 200, the model. */
export function getModelRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json(describeModel(known(await deps.store.findModelByUid(String(request.params['uid'])))));
  };
}

/** GET /api/models/human_readable_id/{id} (private) -> 200, the model. */
export function getModelByIdRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    response.json(describeModel(known(await deps.store.findModel(String(request.params['id'])))));
  };
}

/** GET /api/models/zips/{uid} (private) -> 200, the model's zip. */
export function downloadModelZipRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const model = known(await deps.store.findModelByUid(String(request.params['uid'])));
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

function known(model: ModelRow | null): ModelRow {
  if (model === null) throw new AppError('model_not_found');
  return model;
}

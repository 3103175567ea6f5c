import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { describeModel } from '../describe-model.ts';

/** Models that one listing shows at most. */
const MODELS_MAX = 10_000;

/** GET /api/models/ -> 200, the models. */
export function listModelsRoute(deps: Deps): RequestHandler {
  return async (_request, response) => {
    response.json((await deps.store.listModels(MODELS_MAX)).map(describeModel));
  };
}

import { randomUUID } from 'node:crypto';
import { PRIVATE_OPENAPI } from '@inference/contracts';
import { AppError } from '@inference/domain';
import { createDocsPage, errorHandler } from '@inference/service';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { Deps } from './deps.ts';
import { type Identity, identifyCaller, requireAdmin } from './identify-caller.ts';
import { deleteTaskRoute } from './routes/delete-task.ts';
import { downloadInputRoute } from './routes/download-input.ts';
import { downloadOutputRoute } from './routes/download-output.ts';
import { downloadModelZipRoute, getModelByIdRoute, getModelRoute } from './routes/get-model.ts';
import { getTaskRoute } from './routes/get-task.ts';
import { listModelsRoute } from './routes/list-models.ts';
import { listTasksRoute } from './routes/list-tasks.ts';
import { registerModelRoute } from './routes/register-model.ts';
import { submitTaskRoute } from './routes/submit-task.ts';
import { standardStatus } from './standard-status.ts';
import { translateError } from './translate-error.ts';

/** Builds the private API's HTTP app: the index of its routes, in the order of the flow. */
export function createApp(deps: Deps, options: { boundToLoopback: boolean }): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('strict routing', false);
  const identify = (request: Request): Identity => identifyCaller(deps, request, options.boundToLoopback);
  const anyone: RequestHandler = (request, _response, next) => {
    identify(request);
    next();
  };
  const admin: RequestHandler = (request, _response, next) => {
    requireAdmin(identify(request));
    next();
  };

  app.use((request, _response, next) => {
    request.headers['x-request-id'] ??= randomUUID();
    next();
  });
  const docs = createDocsPage('/openapi.json');
  app.get('/docs', docs.page);
  app.get('/docs/:asset', docs.asset);
  app.get('/openapi.json', (_request, response) => void response.json(PRIVATE_OPENAPI));
  // Public through the relay; these identify the caller themselves, as what is allowed depends on it.
  app.post('/api/models', registerModelRoute(deps, identify));
  app.post('/api/tasks', submitTaskRoute(deps, identify));
  // Public through the relay, where the uid is the right to the task.
  app.get('/api/models', anyone, listModelsRoute(deps));
  app.get('/api/tasks/outputs/:uid', anyone, downloadOutputRoute(deps));
  app.delete('/api/tasks/:uid', anyone, deleteTaskRoute(deps));
  // For operators.
  app.get('/api/tasks', admin, listTasksRoute(deps));
  app.get('/api/tasks/inputs/:uid', admin, downloadInputRoute(deps));
  app.get('/api/tasks/:uid', admin, getTaskRoute(deps));
  app.get('/api/models/zips/:uid', admin, downloadModelZipRoute(deps));
  app.get('/api/models/human_readable_id/:id', admin, getModelByIdRoute(deps));
  app.get('/api/models/:uid', admin, getModelRoute(deps));
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(errorHandler({ log: deps.log, translate: translateError, statusFor: standardStatus }));
  return app;
}

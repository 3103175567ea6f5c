import { CONSUMER_ROUTES, MESSAGE_LIMITS, OPENAPI_V1, PRIVATE_OPENAPI } from '@inference/contracts';
import { AppError } from '@inference/domain';
import { createDocsPage, errorHandler, errorsPage } from '@inference/service';
import express, { type Express } from 'express';
import { createAllow } from './allow.ts';
import type { Deps } from './deps.ts';
import { createIdentifyCaller } from './identify-caller.ts';
import { jsonBody } from './json-body.ts';
import { createKnownKeys } from './keys/known-keys.ts';
import { RequestRates } from './keys/request-rates.ts';
import { refuseExpectation } from './refuse-expectation.ts';
import { requestLine } from './request-line.ts';
import { awaitStopRoute } from './routes/await-stop.ts';
import { claimTaskRoute } from './routes/claim-task.ts';
import { deleteTaskRoute } from './routes/delete-task.ts';
import { downloadInputRoute } from './routes/download-input.ts';
import { downloadOutputRoute } from './routes/download-output.ts';
import { fetchInputRoute, fetchModelZipRoute } from './routes/fetch-files.ts';
import { findLogEndsRoute } from './routes/find-log-ends.ts';
import { finishAttemptRoute } from './routes/finish-attempt.ts';
import { freeDevicesRoute } from './routes/free-devices.ts';
import { downloadModelZipRoute, getModelByIdRoute, getModelRoute } from './routes/get-model.ts';
import { getTaskRoute } from './routes/get-task.ts';
import { greetConsumerRoute } from './routes/greet-consumer.ts';
import { listModelsRoute } from './routes/list-models.ts';
import { listTasksRoute } from './routes/list-tasks.ts';
import { pinImageRoute } from './routes/pin-image.ts';
import { putOutputRoute } from './routes/put-output.ts';
import { registerModelRoute } from './routes/register-model.ts';
import { renewLeaseRoute } from './routes/renew-lease.ts';
import { submitTaskRoute } from './routes/submit-task.ts';
import { tellLiveRoute } from './routes/tell-live.ts';
import { createRefusedKeyNotes } from './services/note-refused-key.ts';
import { signsOfLife } from './signs-of-life.ts';
import { standardStatus } from './standard-status.ts';
import { createStrangerNotice } from './stranger-notice.ts';
import { translateError } from './translate-error.ts';
import { mountV1 } from './v1/mount-v1.ts';

/** Builds the private API's HTTP app: the index of its routes, in the order of the flow. */
export function createApp(deps: Deps, options: { boundToLoopback: boolean }): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('strict routing', false);
  const keys = createKnownKeys(deps);
  const noticed = createStrangerNotice(deps);
  const noteRefused = createRefusedKeyNotes(deps);
  const identify = createIdentifyCaller(deps.settings, options.boundToLoopback, keys, (kind, stranger) => {
    noticed(kind, stranger);
    if (kind === 'key') noteRefused(stranger);
  });
  const allow = createAllow(identify, new RequestRates(deps.clock));

  app.use(requestLine(deps), signsOfLife(deps.clock), refuseExpectation);
  // Open: nothing of anybody's is in it.
  const docs = createDocsPage([
    { name: 'v1', url: '/openapi/v1.json' },
    { name: 'private', url: '/openapi.json' },
  ]);
  app.get('/docs', docs.page);
  app.get('/docs/errors', errorsPage);
  app.get('/docs/:asset', docs.asset);
  app.get('/openapi.json', (_request, response) => void response.json(PRIVATE_OPENAPI));
  app.get('/openapi/v1.json', (_request, response) => void response.json(OPENAPI_V1));
  mountV1(app, deps, { allow, keys });
  // Public through the relay. Callers reach their own tasks, those without a key the tasks of such callers.
  app.post('/api/models', allow('admin', 'anonymous'), registerModelRoute(deps));
  app.post('/api/tasks', allow('submit', 'anonymous'), submitTaskRoute(deps));
  app.get('/api/tasks/outputs/:uid', allow('read', 'anonymous'), downloadOutputRoute(deps));
  app.delete('/api/tasks/:uid', allow('submit', 'anonymous'), deleteTaskRoute(deps));
  app.get('/api/models', allow('read', 'consumer', 'anonymous'), listModelsRoute(deps));
  // For consumers: what they do with an attempt takes its lease, too.
  const consumers = allow('consumer');
  const message = jsonBody(MESSAGE_LIMITS.bodyBytesMax);
  const hello = jsonBody(MESSAGE_LIMITS.helloBytesMax);
  const report = jsonBody(MESSAGE_LIMITS.reportBytesMax);
  app.post(CONSUMER_ROUTES.hello.path, consumers, hello, greetConsumerRoute(deps));
  app.post(CONSUMER_ROUTES.claim.path, consumers, message, claimTaskRoute(deps));
  app.post(CONSUMER_ROUTES.renew.path, consumers, renewLeaseRoute(deps));
  app.get(CONSUMER_ROUTES.awaitStop.path, consumers, awaitStopRoute(deps));
  app.post(CONSUMER_ROUTES.tellLive.path, consumers, jsonBody(MESSAGE_LIMITS.liveBytesMax), tellLiveRoute(deps));
  app.get(CONSUMER_ROUTES.findLogEnds.path, consumers, findLogEndsRoute(deps));
  app.get(CONSUMER_ROUTES.fetchInput.path, consumers, fetchInputRoute(deps));
  app.get(CONSUMER_ROUTES.fetchModelZip.path, consumers, fetchModelZipRoute(deps));
  app.post(CONSUMER_ROUTES.pinImage.path, consumers, message, pinImageRoute(deps));
  app.put(CONSUMER_ROUTES.putOutput.path, consumers, putOutputRoute(deps));
  app.post(CONSUMER_ROUTES.freeDevices.path, consumers, freeDevicesRoute(deps));
  app.post(CONSUMER_ROUTES.report.path, consumers, report, finishAttemptRoute(deps));
  // For operators. What tells only what a task or a model is, consumers may read, too.
  const operators = allow('operate', 'admin');
  const look = allow('operate', 'admin', 'consumer');
  app.get('/api/tasks', operators, listTasksRoute(deps));
  app.get('/api/tasks/inputs/:uid', operators, downloadInputRoute(deps));
  app.get('/api/tasks/:uid', look, getTaskRoute(deps));
  app.get('/api/models/zips/:uid', operators, downloadModelZipRoute(deps));
  app.get('/api/models/human_readable_id/:id', look, getModelByIdRoute(deps));
  app.get('/api/models/:uid', look, getModelRoute(deps));
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(errorHandler({ log: deps.log, translate: translateError, statusFor: standardStatus }));
  return app;
}

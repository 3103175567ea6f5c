import type { RequestListener, Server } from 'node:http';
import { AppError, newId } from '@inference/domain';
import { answeredHealth, type Health, isV1Path, PROBLEM_TYPE, problemOf, refusalBody } from '@inference/service';
import { createPrivateServer } from './create-private-server.ts';
import { REQUEST_ID_PATTERN } from './request-line.ts';

const RETRY_AFTER_SECONDS = '5';

/** The server of the private API: health checks are answered from the first moment, everything else once it is open. */
export type FrontDoor = { readonly server: Server; open(app: RequestListener): void };

export function createFrontDoor(health: Health): FrontDoor {
  let app: RequestListener = refuse;
  const server = createPrivateServer((request, response) => {
    if (!answeredHealth(health, request, response)) app(request, response);
  });
  return {
    server,
    open: (opened) => {
      app = opened;
    },
  };
}

const refuse: RequestListener = (request, response) => {
  const error = new AppError('unavailable', 'The server is starting: try again in a few seconds.');
  const url = request.url ?? '';
  const sent = request.headers['x-request-id'];
  // Whose relay it is cannot be told yet: the id goes back to who sent it, and nowhere else.
  const requestId = typeof sent === 'string' && REQUEST_ID_PATTERN.test(sent) ? sent : newId();
  const isV1 = isV1Path(url);
  const body = isV1 ? JSON.stringify(problemOf(error, { requestId, url })) : refusalBody(error);
  response
    .writeHead(error.status, {
      'content-type': isV1 ? PROBLEM_TYPE : 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'retry-after': RETRY_AFTER_SECONDS,
      'x-request-id': requestId,
      connection: 'close',
    })
    .end(request.method === 'HEAD' ? undefined : body);
};

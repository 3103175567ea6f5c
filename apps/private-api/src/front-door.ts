import type { RequestListener, Server } from 'node:http';
import { AppError } from '@inference/domain';
import { answeredHealth, type Health } from '@inference/service';
import { createPrivateServer } from './create-private-server.ts';

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

const refuse: RequestListener = (_request, response) => {
  const { status, code } = new AppError('unavailable');
  const detail = 'The server is starting: try again in a few seconds.';
  response
    .writeHead(status, { 'content-type': 'application/json', 'retry-after': RETRY_AFTER_SECONDS, connection: 'close' })
    .end(JSON.stringify({ detail, code }));
};

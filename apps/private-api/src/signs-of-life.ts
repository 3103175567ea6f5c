import type { Socket } from 'node:net';
import type { Clock } from '@inference/domain';
import type { RequestHandler, Response } from 'express';

/**
 * A request of the relay that is not answered yet carries a sign of life so often, in milliseconds. The relay gives up a connection that
 * is silent for `upstreamSilentMs` (25 s): it may be half-open, which nothing else would tell.
 */
const SIGN_MS = 10_000;

/**
 * Tells the relay again and again, by the interim answer 102, that what it asks is worked on: an upload that is received or checked, a
 * wait for the end of a task. Beside it only consumers get any, while an output is stored: not every client of HTTP understands them.
 */
export function signsOfLife(clock: Clock): RequestHandler {
  const known = new WeakSet<Socket>();
  return ({ headers, socket }, response, next) => {
    if (headers['x-relay-token'] !== undefined) {
      // From the first one, which comes at once, the relay learns that there will be others: an older private API gives none.
      if (!known.has(socket)) response.writeProcessing();
      known.add(socket);
      keepGiving(response, clock);
    }
    next();
  };
}

/** Gives a sign of life again and again, until the answer. */
export function keepGiving(response: Response, clock: Clock): void {
  let cancel = (): void => {};
  const later = (): void => {
    cancel = clock.after(SIGN_MS, () => {
      if (response.headersSent || response.closed) return;
      response.writeProcessing();
      later();
    });
  };
  response.once('close', () => cancel());
  later();
}

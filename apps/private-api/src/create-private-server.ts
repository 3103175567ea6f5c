import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientErrors, trackAnswers } from '@inference/service';

/**
 * Idle connections are kept for so long, in milliseconds: longer than the relay keeps them (30 s), so that it is always the relay that
 * closes. A server that closes first cuts off a request that is just being sent.
 */
const PRIVATE_KEEP_ALIVE_MS = 75_000;
/** A request's head must be complete within this time, in milliseconds; its body may take as long as the relay lets it. */
const HEADERS_TIMEOUT_MS = 15_000;
/** So many requests may come over one connection ahead of their answers; no client of ours sends a second one. */
const PIPELINED_MAX = 16;

/** Makes the server that carries the private API; the caller listens and closes. */
export function createPrivateServer(app: RequestListener): Server {
  const server = createServer({ keepAliveTimeout: PRIVATE_KEEP_ALIVE_MS, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 }, app);
  // Left to itself, Node refuses in one bare line what its parser does not understand.
  answerClientErrors(server, trackAnswers(server, PIPELINED_MAX));
  // A client that asks first is told to go on by whoever reads its body, and not before it was checked. Other expectations are refused there.
  return server.on('checkContinue', app).on('checkExpectation', app);
}

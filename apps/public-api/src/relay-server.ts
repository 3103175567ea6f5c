import { createServer, type RequestListener, type Server } from 'node:http';
import { answerClientErrors, refuseConnect, trackAnswers } from '@inference/service';
import { makeRoom } from './make-room.ts';
import { RELAY_LIMITS, type RelayLimits } from './relay-limits.ts';

/** How often Node looks for requests over their time limits. */
const LOOK_EVERY_MS = 2_000;

/**
 * Makes the HTTP server that the internet may reach, with the relay's limits; the caller listens and closes.
 *
 * @param app what `createRelay` returned
 */
export function createRelayServer(app: RequestListener, limits: Partial<RelayLimits> = {}): Server {
  const all: RelayLimits = { ...RELAY_LIMITS, ...limits };
  const server = createServer({
    maxHeaderSize: all.headerBytesMax,
    headersTimeout: all.headersTimeoutMs,
    requestTimeout: all.requestTimeoutMs,
    keepAliveTimeout: all.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, all.headersTimeoutMs),
    keepAlive: true,
    // The relay answers these itself, in JSON.
    requireHostHeader: false,
  });
  // Node drops the headers after this number in silence, and with them one that says "forwarded". One more lets the relay see that.
  server.maxHeadersCount = all.headersMax + 1;
  server.timeout = all.idleTimeoutMs;
  const openAnswers = trackAnswers(server, all.pipelinedMax);
  answerClientErrors(server, openAnswers);
  makeRoom(server, all.connectionsMax, openAnswers);
  server.on('request', app);
  // With a listener of their own, these come to the relay before "100 Continue" is sent: it can refuse before the upload begins.
  server.on('checkContinue', app);
  server.on('checkExpectation', app);
  server.on('connect', refuseConnect);
  return server;
}

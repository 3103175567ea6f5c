import type { IncomingMessage } from 'node:http';
import { LEGACY_OPENAPI, OPENAPI_V1 } from '@inference/contracts';
import { AppError, type Clock, type NewId, newId } from '@inference/domain';
import {
  answerLivez,
  answerReadyz,
  callerOf,
  createDocsPage,
  errorsPage,
  type Health,
  logRequest,
  type RequestFacts,
} from '@inference/service';
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { type Client, clientOf } from './client-of.ts';
import { type AllowedRoute, judgeRequest, type Verdict } from './judge-request.ts';
import type { ServedBy } from './public-routes.ts';
import { refuse } from './refuse.ts';
import { createForward, type RelayLog } from './relay.ts';
import { RELAY_LIMITS, type RelayLimits } from './relay-limits.ts';
import type { RelayTarget } from './target-origin.ts';
import { NO_PROXIES, type TrustedProxies } from './trusted-proxies.ts';
import { welcome } from './welcome.ts';

export type RelayOptions = {
  /** The private API; nothing else is ever connected to. */
  readonly target: RelayTarget;
  /** Proves to the private API that a request came through the relay. */
  readonly relayToken: string;
  /** True only when the server that carries this relay is bound to loopback. */
  readonly keylessLocal: boolean;
  /** Tells whether the relay can do its work. */
  readonly health: Health;
  readonly clock: Clock;
  /** What these say of a request's sender counts; left out: nobody is believed. */
  readonly trusted?: TrustedProxies;
  readonly limits?: Partial<RelayLimits>;
  readonly log?: RelayLog;
  /** Names a request that came without a usable `x-request-id`. */
  readonly newRequestId?: NewId;
};

const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
const NO_LOG: RelayLog = { debug: () => {}, info: () => {}, warn: () => {} };

/** Makes the relay: the only part the internet may see. It serves what PUBLIC_ROUTES allows; `createRelayServer` carries it. */
export function createRelay(options: RelayOptions): Express {
  const limits: RelayLimits = { ...RELAY_LIMITS, ...options.limits };
  const log = options.log ?? NO_LOG;
  const newRequestId = options.newRequestId ?? newId;
  const serve = createServe(options, limits, log);
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.use(async (req, res, next) => {
    const requestId = requestIdOf(req) ?? newRequestId();
    res.set({ 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' });
    const client = clientOf(req, options.trusted ?? NO_PROXIES);
    const verdict = judgeRequest(req, client, limits);
    const facts = () => ({ requestId, client: client.address, ...routeFacts(verdict) });
    logRequest(req, res, { log, clock: options.clock, facts });
    if (verdict.kind === 'refuse') refuse(req, res, verdict.error, { ...limits, ...verdict });
    else await serve(req, res, { match: verdict.match, client, requestId, next });
  });
  app.use(answerFault(limits, log));
  return app;
}

type Serving = { readonly match: AllowedRoute; readonly client: Client; readonly requestId: string; readonly next: NextFunction };

function createServe(options: RelayOptions, limits: RelayLimits, log: RelayLog) {
  const forward = createForward({ target: options.target, relayToken: options.relayToken, limits, log });
  const docs = createDocsPage([
    { name: 'v1', url: '/openapi/v1.json' },
    { name: 'legacy', url: '/openapi.json' },
  ]);
  const pages: Record<Exclude<ServedBy, 'upstream'>, RequestHandler> = {
    welcome,
    docs: docs.page,
    'docs-asset': docs.asset,
    errors: errorsPage,
    'openapi-v1': (_req, res) => void res.json(OPENAPI_V1),
    openapi: (_req, res) => void res.json(LEGACY_OPENAPI),
    livez: answerLivez,
    readyz: (req, res) => answerReadyz(options.health, req, res),
  };
  return async (req: Request, res: Response, { match, client, requestId, next }: Serving): Promise<void> => {
    const { servedBy } = match.route;
    if (servedBy !== 'upstream') {
      req.url = match.url;
      await pages[servedBy](req, res, next);
      return;
    }
    const sender = { headers: req.headers, remoteAddress: req.socket.remoteAddress };
    await forward(req, res, { url: match.url, caller: callerOf(sender, options.keylessLocal), client, requestId });
  };
}

/** Which route it was, and which task, if it is about one. */
function routeFacts(verdict: Verdict): Pick<RequestFacts, 'route' | 'taskUid' | 'quiet'> {
  if (verdict.kind === 'refuse') return { route: null };
  const { route, values } = verdict.match;
  const taskUid = values['uid'] ?? values['task'];
  const quiet = route.servedBy === 'livez' || route.servedBy === 'readyz';
  return { route: route.path, quiet, ...(taskUid === undefined ? {} : { taskUid }) };
}

function requestIdOf(req: IncomingMessage): string | undefined {
  const id = req.headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID_PATTERN.test(id) ? id : undefined;
}

/** Express needs all four parameters to see that this handles errors. */
function answerFault(limits: RelayLimits, log: RelayLog): ErrorRequestHandler {
  return (error, req, res, _next) => {
    log.warn({ err: error, requestId: res.get('x-request-id') }, 'a request failed in the relay');
    refuse(req, res, new AppError('internal'), limits);
  };
}

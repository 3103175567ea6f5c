import { randomUUID } from 'node:crypto';
import { CONSUMER_ROUTES } from '@inference/contracts';
import { UID_PATTERN } from '@inference/domain';
import { logRequest, type RequestFacts } from '@inference/service';
import type { Request, RequestHandler, Response } from 'express';
import type { Deps } from './deps.ts';
import { secretCheck } from './secret-check.ts';

/** What the relay calls requests. */
export const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
/** Idle consumers ask again and again, and busy ones tell what their models print. */
const { hello, claim, renew, awaitStop, tellLive } = CONSUMER_ROUTES;
const OFTEN: readonly string[] = [hello, claim, renew, awaitStop, tellLive].map(({ path }) => path);

/** Gives each request its id, the relay's where it comes from our relay, and logs it in one line when it is over. */
export function requestLine({ log, clock, settings }: Pick<Deps, 'log' | 'clock' | 'settings'>): RequestHandler {
  const isRelayToken = secretCheck(settings.relayToken);
  return (request, response, next) => {
    const sent = String(request.headers['x-request-id'] ?? '');
    const isFromRelay = isRelayToken(String(request.headers['x-relay-token'] ?? ''));
    const requestId = isFromRelay && REQUEST_ID_PATTERN.test(sent) ? sent : randomUUID();
    request.headers['x-request-id'] = requestId;
    response.set('x-request-id', requestId);
    logRequest(request, response, { log, clock, facts: () => factsOf(requestId, request, response) });
    next();
  };
}

/** Names the task that a request has made, in its line of the log. */
export function nameTask(response: Response, taskUid: string): void {
  response.locals['taskUid'] = taskUid;
}

function factsOf(requestId: string, { route, path }: Request, response: Response): RequestFacts {
  const pattern = (route as { path: string } | undefined)?.path ?? null;
  const named = pattern === null ? {} : valuesIn(pattern, path);
  const uid =
    response.locals['taskUid'] ?? named['taskUid'] ?? named['task'] ?? (pattern?.startsWith('/api/tasks/') ? named['uid'] : undefined);
  const attempt = Number(named['attempt']);
  return {
    requestId,
    route: pattern,
    // What is in the path may be anything.
    ...(typeof uid === 'string' && UID_PATTERN.test(uid) ? { taskUid: uid } : {}),
    ...(Number.isInteger(attempt) ? { attempt } : {}),
    quiet: pattern !== null && OFTEN.includes(pattern),
  };
}

/** What stands for `:name` in the path of a route. Express has forgotten it by then, where the route threw. */
function valuesIn(pattern: string, path: string): Record<string, string | undefined> {
  const values = path.split('/');
  return Object.fromEntries(pattern.split('/').flatMap((name, index) => (name.startsWith(':') ? [[name.slice(1), values[index]]] : [])));
}

import { AppError } from '@inference/domain';
import type { Request, RequestHandler, Response } from 'express';
import type { Grant, IdentifyCaller, Identity } from './identify-caller.ts';
import { announcedZipBytes } from './keys/announced-zip-bytes.ts';
import type { RequestRates } from './keys/request-rates.ts';
import { uploadOverKeyLimit } from './keys/upload-over-key-limit.ts';
import type { Reader } from './services/note-read.ts';
import type { Sender } from './services/submit-task.ts';
import type { Actor } from './store/audit-store.ts';
import type { Viewer } from './store/viewer.ts';

/** Makes the rule of a route: who may use it, any of these will do. It stands before whatever reads a body. */
export type Allow = (...grants: readonly Grant[]) => RequestHandler;

export function createAllow(identify: IdentifyCaller, rates: RequestRates): Allow {
  return (...grants) =>
    async (request, response, next) => {
      const identity = await identify(request);
      holdToLimits(identity, request, rates);
      if (!hasOne(identity, grants)) throw refusalOf(identity, grants);
      response.locals['identity'] = identity;
      response.locals['isStillAllowed'] = async () => hasOne(await identify(request), grants);
      next();
    };
}

/** Whether the caller may still use the route, for answers that stay open. @throws AppError `unauthorized` where the key is not good any more */
export async function isStillAllowed(response: Response): Promise<boolean> {
  return await (response.locals['isStillAllowed'] as () => Promise<boolean>)();
}

/** Who asks, on a route that has a rule. */
export function identityOf(response: Response): Identity {
  return response.locals['identity'] as Identity;
}

/** Whose tasks the caller reaches: the own ones, and an admin everybody's. */
export function viewerOf(response: Response): Viewer {
  const { owner, grants } = identityOf(response);
  return grants.has('admin') ? null : owner;
}

/** Who sends a task, under a name of its own where it has one. */
export function senderOf(response: Response, clientKey: string | null): Sender {
  const { owner, limits } = identityOf(response);
  return { owner, clientKey, queuedMax: limits.queuedTasksMax, runningMax: limits.runningTasksMax };
}

/** Who asks, for the audit. */
export function actorOf(response: Response): Actor {
  const { owner, key } = identityOf(response);
  const requestId = response.get('x-request-id') ?? null;
  return { owner, key: key?.prefix ?? null, requestId };
}

/** Who reads, for the audit of what is read of others' tasks. */
export function readerOf(response: Response): Reader {
  return { viewer: viewerOf(response), by: actorOf(response) };
}

function hasOne(identity: Identity, grants: readonly Grant[]): boolean {
  return grants.some((grant) => identity.grants.has(grant));
}

function holdToLimits({ key, from, limits }: Identity, request: Request, rates: RequestRates): void {
  const { requestsPerMinuteMax, uploadBytesMax } = limits;
  // Addresses have dots or colons, prefixes have none.
  const counted = key?.prefix ?? from;
  if (counted !== null && requestsPerMinuteMax !== null) {
    const seconds = rates.take(counted, requestsPerMinuteMax);
    if (seconds > 0) {
      const who = key === null ? 'An address without a key' : 'This key';
      const sentence = `${who} may make ${requestsPerMinuteMax} requests a minute: go on after ${seconds} seconds.`;
      throw new AppError('too_many_requests', sentence, { retryAfterSeconds: seconds });
    }
  }
  if (uploadBytesMax !== null && announcedZipBytes(request.headers) > uploadBytesMax) throw uploadOverKeyLimit(uploadBytesMax);
}

function refusalOf(identity: Identity, grants: readonly Grant[]): AppError {
  if (identity.grants.has('anonymous')) return new AppError('unauthorized');
  const scopes = grants.filter((grant) => grant !== 'anonymous').map((scope) => `"${scope}"`);
  return new AppError('forbidden', `This needs a key with the scope ${scopes.join(' or ')}: ask the admin for one.`);
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '@inference/domain';
import { callerOf, isCrossOrigin } from '@inference/service';
import type { Deps } from './deps.ts';

/** Who asks. `admin` may do everything; `anonymous` is a legacy client without a key. */
export type Identity = { readonly role: 'admin' | 'anonymous'; readonly owner: string };

/**
 * Finds out who asks, before a body is read.
 *
 * @param boundToLoopback whether this server can be reached from this machine only
 * @throws AppError `unauthorized` or `cross_origin`
 */
export function identifyCaller(deps: Deps, request: IncomingMessage, boundToLoopback: boolean): Identity {
  const { settings } = deps;
  const { headers } = request;
  if (isCrossOrigin(request.method ?? 'GET', headers)) throw new AppError('cross_origin');

  const key = sentKey(request);
  if (key !== null && settings.adminKey !== null && sameSecret(key, settings.adminKey)) return { role: 'admin', owner: 'admin' };
  const throughRelay = sameSecret(String(headers['x-relay-token'] ?? ''), settings.relayToken);
  const local = throughRelay
    ? headers['x-caller'] === 'local'
    : callerOf({ headers, remoteAddress: request.socket.remoteAddress }, boundToLoopback) === 'local';
  if (local && key === null) return { role: 'admin', owner: 'local' };
  // The legacy clients' routes come through the relay; the private side is for operators.
  if (throughRelay && settings.legacyAnonymous) return { role: 'anonymous', owner: 'anonymous' };
  throw new AppError('unauthorized', key === null ? undefined : 'The key is not valid.');
}

/** Rejects everybody but operators. */
export function requireAdmin(identity: Identity): void {
  if (identity.role !== 'admin') throw new AppError('forbidden', 'Only an admin may do this.');
}

function sentKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = request.headers['x-token'];
  return bearer ?? (typeof token === 'string' && token !== '' ? token : null);
}

/** Compares digests, so that neither the time taken nor the length tells anything. */
function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

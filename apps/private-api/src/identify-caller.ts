import type { IncomingMessage } from 'node:http';
import { AppError } from '@inference/domain';
import { callerOf, isCrossOrigin } from '@inference/service';
import { secretCheck } from './secret-check.ts';
import type { Settings } from './settings.ts';

/** What a caller may be: `consumer` runs tasks, `anonymous` is a legacy client without a key, `admin` may do everything. */
export type Role = 'admin' | 'consumer' | 'anonymous';

/** Who asks. */
export type Identity = { readonly role: Role; readonly owner: string };

/** Finds out who asks, from the head of a request. @throws AppError `unauthorized` or `cross_origin` */
export type IdentifyCaller = (request: IncomingMessage) => Identity;

/**
 * Makes what tells callers apart. Of the keys only digests are kept.
 *
 * @param boundToLoopback whether this server can be reached from this machine only
 */
export function createIdentifyCaller(
  settings: Pick<Settings, 'adminKey' | 'consumerKey' | 'relayToken' | 'legacyAnonymous'>,
  boundToLoopback: boolean,
): IdentifyCaller {
  const isAdminKey = secretCheck(settings.adminKey);
  const isConsumerKey = secretCheck(settings.consumerKey);
  const isRelayToken = secretCheck(settings.relayToken);

  return (request) => {
    const { headers } = request;
    if (isCrossOrigin(request.method ?? 'GET', headers)) throw new AppError('cross_origin');
    const throughRelay = isRelayToken(String(headers['x-relay-token'] ?? ''));
    const key = sentKey(request);
    if (key !== null) {
      if (isAdminKey(key)) return { role: 'admin', owner: 'admin' };
      if (isConsumerKey(key)) return { role: 'consumer', owner: 'consumer' };
      throw new AppError('unauthorized', 'The key is not valid.');
    }
    const local = throughRelay
      ? headers['x-caller'] === 'local'
      : callerOf({ headers, remoteAddress: request.socket.remoteAddress }, boundToLoopback) === 'local';
    if (local) return { role: 'admin', owner: 'local' };
    // The legacy clients' routes come through the relay; the private side is for operators and consumers.
    if (throughRelay && settings.legacyAnonymous) return { role: 'anonymous', owner: 'anonymous' };
    throw new AppError('unauthorized');
  };
}

function sentKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = request.headers['x-token'];
  return bearer ?? (typeof token === 'string' && token !== '' ? token : null);
}

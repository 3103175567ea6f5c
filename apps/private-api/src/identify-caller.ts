import type { IncomingMessage } from 'node:http';
import { AppError } from '@inference/domain';
import { callerOf, isCrossOrigin } from '@inference/service';
import { secretCheck } from './secret-check.ts';
import type { Settings } from './settings.ts';
import type { StrangerNotice } from './stranger-notice.ts';

/** What a caller may be: `consumer` runs tasks, `anonymous` is a legacy client without a key, `admin` may do everything. */
export type Role = 'admin' | 'consumer' | 'anonymous';

/** Who asks. */
export type Identity = { readonly role: Role; readonly owner: string };

const STRANGE_RELAY = 'The relay is not known here: whoever runs this server must set the same RELAY_TOKEN for it and the private API.';

/** Finds out who asks, from the head of a request. @throws AppError `unauthorized` or `cross_origin` */
export type IdentifyCaller = (request: IncomingMessage) => Identity;

/**
 * Makes what tells callers apart. Of the keys only digests are kept.
 *
 * @param boundToLoopback whether this server can be reached from this machine only
 * @param notice is told of wrong keys and tokens
 */
export function createIdentifyCaller(
  settings: Pick<Settings, 'adminKey' | 'consumerKey' | 'relayToken' | 'legacyAnonymous'>,
  boundToLoopback: boolean,
  notice: StrangerNotice = () => {},
): IdentifyCaller {
  const isAdminKey = secretCheck(settings.adminKey);
  const isConsumerKey = secretCheck(settings.consumerKey);
  const isRelayToken = secretCheck(settings.relayToken);

  return (request) => {
    const { headers } = request;
    if (isCrossOrigin(request.method ?? 'GET', headers)) throw new AppError('cross_origin');
    const relayToken = headers['x-relay-token'];
    const throughRelay = isRelayToken(String(relayToken ?? ''));
    const strangeRelay = relayToken !== undefined && !throughRelay;
    if (strangeRelay) notice('token', request);
    const key = sentKey(request);
    if (key !== null) {
      if (isAdminKey(key)) return { role: 'admin', owner: 'admin' };
      if (isConsumerKey(key)) return { role: 'consumer', owner: 'consumer' };
      notice('key', request);
      throw new AppError('unauthorized', 'The key is not valid.');
    }
    const local = throughRelay
      ? headers['x-caller'] === 'local'
      : callerOf({ headers, remoteAddress: request.socket.remoteAddress }, boundToLoopback) === 'local';
    if (local) return { role: 'admin', owner: 'local' };
    // The legacy clients' routes come through the relay; the private side is for operators and consumers.
    if (throughRelay && settings.legacyAnonymous) return { role: 'anonymous', owner: 'anonymous' };
    throw new AppError('unauthorized', strangeRelay ? STRANGE_RELAY : undefined);
  };
}

function sentKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = request.headers['x-token'];
  return bearer ?? (typeof token === 'string' && token !== '' ? token : null);
}

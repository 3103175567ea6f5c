import type { IncomingMessage } from 'node:http';
import { SCOPES, type Scope } from '@inference/contracts';
import { AppError, type KeyLimits, NO_KEY_LIMITS } from '@inference/domain';
import { callerOf, isCrossOrigin } from '@inference/service';
import { prefixOf } from './keys/key-text.ts';
import type { KnownKey, KnownKeys } from './keys/known-keys.ts';
import { secretCheck } from './secret-check.ts';
import type { Settings } from './settings.ts';
import type { Stranger, StrangerNotice } from './stranger-notice.ts';

/** What a caller may do: scopes, or what legacy clients without a key may. */
export type Grant = Scope | 'anonymous';

/** Who asks. */
export type Identity = {
  readonly owner: string;
  readonly grants: ReadonlySet<Grant>;
  /** The key that was made here and used; null for configured keys and callers without one. */
  readonly key: Pick<KnownKey, 'prefix' | 'name' | 'expiresAt'> | null;
  readonly limits: KeyLimits;
  /** The address that a caller without a key comes from, where requests are counted by that. */
  readonly from: string | null;
};

const ADMIN = own('admin', SCOPES);
const LOCAL = own('local', SCOPES);
const CONSUMER = own('consumer', ['consumer']);

const STRANGE_RELAY = 'The relay is not known here: whoever runs this server must set the same RELAY_TOKEN for it and the private API.';

/** Finds out who asks, from the head of a request. @throws AppError `unauthorized` or `cross_origin` */
export type IdentifyCaller = (request: IncomingMessage) => Promise<Identity>;

/**
 * Makes what tells callers apart. Of the configured keys only digests are kept, and nothing is asked of the database for them; the keys
 * that were made here are remembered for a while.
 *
 * @param boundToLoopback whether this server can be reached from this machine only
 * @param notice is told of wrong keys and tokens
 */
export function createIdentifyCaller(
  settings: Pick<
    Settings,
    'adminKey' | 'consumerKey' | 'relayToken' | 'legacyAnonymous' | 'anonymousQueuedTasksMax' | 'anonymousRequestsPerMinuteMax'
  >,
  boundToLoopback: boolean,
  keys: Pick<KnownKeys, 'find'>,
  notice: StrangerNotice = () => {},
): IdentifyCaller {
  const isAdminKey = secretCheck(settings.adminKey);
  const isConsumerKey = secretCheck(settings.consumerKey);
  const isRelayToken = secretCheck(settings.relayToken);
  const { anonymousRequestsPerMinuteMax: requestsPerMinuteMax, anonymousQueuedTasksMax: queuedTasksMax } = settings;
  const anonymous = { ...own('anonymous', ['anonymous']), limits: { ...NO_KEY_LIMITS, requestsPerMinuteMax, queuedTasksMax } };

  return async (request) => {
    const { headers } = request;
    if (isCrossOrigin(request.method ?? 'GET', headers)) throw new AppError('cross_origin');
    const relayToken = headers['x-relay-token'];
    const throughRelay = isRelayToken(String(relayToken ?? ''));
    const strangeRelay = relayToken !== undefined && !throughRelay;
    if (strangeRelay) notice('token', strangerOf(request, throughRelay));
    const key = sentKey(request);
    if (key !== null) {
      if (isAdminKey(key)) return ADMIN;
      if (isConsumerKey(key)) return CONSUMER;
      const known = await keys.find(key);
      if (known !== null) return holderOf(known);
      notice('key', { ...strangerOf(request, throughRelay), prefix: prefixOf(key) });
      throw new AppError('unauthorized', 'The key is not valid: check it, or ask the admin for another one.');
    }
    const local = throughRelay
      ? headers['x-caller'] === 'local'
      : callerOf({ headers, remoteAddress: request.socket.remoteAddress }, boundToLoopback) === 'local';
    if (local) return LOCAL;
    // The legacy clients' routes come through the relay; the private side is for operators and consumers.
    if (throughRelay && settings.legacyAnonymous) return { ...anonymous, from: strangerOf(request, throughRelay).from };
    throw new AppError('unauthorized', strangeRelay ? STRANGE_RELAY : undefined);
  };
}

function own(owner: string, grants: readonly Grant[]): Identity {
  return { owner, grants: new Set(grants), key: null, limits: NO_KEY_LIMITS, from: null };
}

function holderOf({ owner, scopes, limits, prefix, name, expiresAt }: KnownKey): Identity {
  return { owner, grants: new Set(scopes), key: { prefix, name, expiresAt }, limits, from: null };
}

/** Where a caller comes from: our relay says so of those that come through it. */
function strangerOf({ headers, socket }: IncomingMessage, throughRelay: boolean): Stranger {
  const forwarded = throughRelay ? headers['x-forwarded-for'] : undefined;
  const from = (typeof forwarded === 'string' ? forwarded : socket.remoteAddress) ?? '';
  const requestId = headers['x-request-id'];
  return { from, requestId: typeof requestId === 'string' ? requestId : null, prefix: null };
}

function sentKey(request: IncomingMessage): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const token = request.headers['x-token'];
  return bearer ?? (typeof token === 'string' && token !== '' ? token : null);
}

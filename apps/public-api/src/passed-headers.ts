import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from './client-of.ts';

/** What a client may tell the private API. Everything else is dropped, so nothing internal can be forged. */
const FROM_CLIENT: readonly string[] = [
  'accept',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'prefer',
  'range',
  'transfer-encoding',
  'user-agent',
  'x-token',
];

/** What the private API may tell a client. Its `transfer-encoding` is not among them: the relay frames its own answer. */
const FROM_UPSTREAM: readonly string[] = [
  'accept-ranges',
  'allow',
  'content-disposition',
  'content-length',
  'content-range',
  'content-security-policy',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'preference-applied',
  'repr-digest',
  'retry-after',
  'vary',
  'www-authenticate',
  'x-accel-buffering',
];
const FROM_UPSTREAM_PREFIX = 'x-task-';
/** Nobody is sent elsewhere than to what we have made. */
const OWN_ADDRESS = '/api/v1/';

/** Headers a client named in `Connection` are meant for this hop only. These two frame the body, so they cannot be named away. */
const FRAMING: readonly string[] = ['content-length', 'transfer-encoding'];

/** The headers of a request that are passed on to the private API. */
export function headersFromClient(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/[\s,]+/);
  return pick(headers, (name) => FROM_CLIENT.includes(name) && (FRAMING.includes(name) || !named.includes(name)));
}

/** What the private API is told of the sender: made here, never passed on as it came. */
export function forwardingHeaders({ address, protocol, host }: Client): IncomingHttpHeaders {
  return { 'x-forwarded-for': address, 'x-forwarded-proto': protocol, ...(host === undefined ? {} : { 'x-forwarded-host': host }) };
}

/** The headers of an answer of the private API that are passed on to the client. */
export function headersFromUpstream(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { location } = headers;
  const passed = pick(headers, (name) => FROM_UPSTREAM.includes(name) || name.startsWith(FROM_UPSTREAM_PREFIX));
  return location?.startsWith(OWN_ADDRESS) ? { ...passed, location } : passed;
}

function pick(headers: IncomingHttpHeaders, wanted: (name: string) => boolean): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name)));
}

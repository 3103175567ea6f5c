import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { TrustedProxies } from './trusted-proxies.ts';

/** Who sent a request, and how it was addressed, as far as we can know. */
export type Client = {
  /** Of the machine that sent it to the outermost proxy that we trust, or to us. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The `Host` that the client used. */
  readonly host: string | undefined;
};

/** A host as a URL has it, with any port or none. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255})(?::\d{1,5})?$/i;

/**
 * Finds out who sent a request. `X-Forwarded-For`, `-Proto` and `-Host` count only where the peer is a proxy that we trust: from anybody
 * else they are claims of the client.
 */
export function clientOf(request: IncomingMessage, trusted: TrustedProxies): Client {
  const { headers, socket } = request;
  const peer = socket.remoteAddress ?? '';
  if (!trusted.has(peer)) return { address: peer, protocol: 'http', host: headers.host };
  const forwardedHost = last(headers['x-forwarded-host']);
  return {
    address: senderOf(peer, headers['x-forwarded-for'], trusted),
    protocol: last(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http',
    host: HOST.test(forwardedHost) ? forwardedHost : headers.host,
  };
}

/** Each proxy adds whom it heard from at the end: from there, the first address that is no proxy of ours is the sender. */
function senderOf(peer: string, forwardedFor: string | string[] | undefined, trusted: TrustedProxies): string {
  let sender = peer;
  for (const address of entries(forwardedFor).reverse()) {
    if (isIP(address) === 0) return sender;
    sender = address;
    if (!trusted.has(address)) return sender;
  }
  return sender;
}

function last(header: string | string[] | undefined): string {
  return entries(header).at(-1) ?? '';
}

function entries(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((line) => line.split(',').map((entry) => entry.trim()));
}

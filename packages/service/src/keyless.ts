import type { IncomingHttpHeaders } from 'node:http';

/** `local`: may be served without a key. */
export type Caller = 'local' | 'remote';

/** What the relay knows about the sender of a request. */
export type Sender = { readonly headers: IncomingHttpHeaders; readonly remoteAddress: string | undefined };

/** Headers that say that the request was passed on by something in front of us: its sender is then not this machine. */
const FORWARDING =
  /^(?:forwarded|x-forwarded(?:-.*)?|via|x-real-ip|.*client-ip|.*connecting-ip|x-original-.*|x-envoy-.*|x-proxyuser-ip|cdn-loop)$/;

/**
 * Tells whether a request came from a program on this machine that talks to us directly.
 *
 * All must hold: the server is bound to loopback (`keylessLocal`), the peer's address is loopback, no forwarding header, and the `Host`
 * header is loopback. Without the last, a page whose name an attacker points at 127.0.0.1 would count as local.
 */
export function callerOf(sender: Sender, keylessLocal: boolean): Caller {
  if (!keylessLocal || !isLoopbackAddress(sender.remoteAddress)) return 'remote';
  if (Object.keys(sender.headers).some((name) => FORWARDING.test(name))) return 'remote';
  return isLoopbackHost(sender.headers.host) ? 'local' : 'remote';
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || isLoopbackV4(address.replace(/^::ffff:/, '')));
}

/** `Host` as a client on this machine writes it: a loopback address or `localhost`, with any port or none. */
function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[::1\]|[a-z0-9.]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1];
  return name !== undefined && (name === '[::1]' || name.toLowerCase() === 'localhost' || isLoopbackV4(name));
}

function isLoopbackV4(address: string): boolean {
  return /^127(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/.test(address);
}

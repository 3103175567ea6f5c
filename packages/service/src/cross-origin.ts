import type { IncomingHttpHeaders } from 'node:http';

const STATE_CHANGING: ReadonlySet<string> = new Set(['POST', 'DELETE', 'PUT', 'PATCH']);

/**
 * Tells whether a browser sends this request for a page that is not ours, and the request would change something.
 * Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`, so they pass.
 */
export function isCrossOrigin(method: string, headers: IncomingHttpHeaders): boolean {
  if (!STATE_CHANGING.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return headers.origin !== undefined && !isOriginOf(headers.origin, headers.host);
}

/** The relay cannot know whether TLS ended in front of it, so the scheme is taken from the origin; it only decides the default port. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost, origin: normalised } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  const own = `${protocol}//${host}`;
  return normalised === origin.toLowerCase() && URL.canParse(own) && new URL(own).host === originHost;
}

import { UID_PATTERN } from '@inference/domain';
import { DOCS_ASSETS } from '@inference/service';
import { PUBLIC_ROUTES, type PublicRoute, QUERY_VALUE_CHARS_MAX, type QueryKey } from './public-routes.ts';

export type RouteMatch =
  /** `url` is rebuilt from the table: a path and a query that contain nothing the table does not know. */
  | { readonly kind: 'route'; readonly route: PublicRoute; readonly url: string; readonly name: string }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'bad_target' }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'value_too_long'; readonly key: QueryKey; readonly charsMax: number };

/** An encoded dot, slash, backslash or NUL, and an encoded percent sign (which would make a second decoding differ). */
const DISGUISED = /%(?:2e|2f|5c|00|25)/i;

/**
 * Finds the public route of a request target, as it came over the wire.
 *
 * @param method as parsed: upper case
 * @param target raw, undecoded: `/path?query`; an absolute URL, `*` and an authority are refused
 */
export function matchRoute(method: string, target: string): RouteMatch {
  if (!target.startsWith('/')) return { kind: 'bad_target' };
  const [rawPath = '', ...rest] = target.split('?');
  if (DISGUISED.test(rawPath)) return { kind: 'not_found' };
  const path = decodeOnce(rawPath);
  if (path === null) return { kind: 'bad_target' };
  const found = PUBLIC_ROUTES.flatMap((route) => {
    const name = nameIn(route.path, path);
    return name === null ? [] : [{ route, name }];
  });
  if (found.length === 0) return { kind: 'not_found' };
  const hit = found.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
  if (hit === undefined) return { kind: 'method_not_allowed', allow: found.flatMap(({ route }) => allowed(route)) };
  return withQuery(hit.route, hit.name, rest.join('?'));
}

function decodeOnce(rawPath: string): string | null {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return null;
  }
}

/** The name that stands where the route has a placeholder ('' where it has none), or null if the path is another one. */
function nameIn(routePath: string, path: string): string | null {
  const expected = segments(routePath);
  const actual = segments(path);
  if (expected.length !== actual.length) return null;
  let name = '';
  for (const [index, segment] of expected.entries()) {
    const value = actual[index] ?? '';
    if (segment === '{uid}' ? UID_PATTERN.test(value) : segment === '{asset}' && DOCS_ASSETS.includes(value)) name = value;
    else if (segment !== value) return null;
  }
  return name;
}

/** The parts between slashes, without the empty one after a trailing slash: both spellings of a route are one route. */
function segments(path: string): string[] {
  const parts = path.split('/').slice(1);
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts;
}

function allowed(route: PublicRoute): string[] {
  return route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
}

function withQuery(route: PublicRoute, name: string, rawQuery: string): RouteMatch {
  const query = new URLSearchParams();
  for (const [key, value] of new URLSearchParams(rawQuery)) {
    const known = route.query.find((candidate) => candidate === key);
    if (known === undefined) continue;
    if (value.includes('\0')) return { kind: 'bad_target' };
    const charsMax = QUERY_VALUE_CHARS_MAX[known];
    if (value.length > charsMax) return { kind: 'value_too_long', key: known, charsMax };
    query.set(known, value);
  }
  const path = (route.upstreamPath ?? route.path).replace(/\{\w+\}/, name);
  return { kind: 'route', route, name, url: query.size === 0 ? path : `${path}?${query}` };
}

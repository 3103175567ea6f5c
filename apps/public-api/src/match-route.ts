import { V1_PARAMETERS, V1_REPEATED, type V1Parameter } from '@inference/contracts';
import { UID_PATTERN } from '@inference/domain';
import { DOCS_ASSETS } from '@inference/service';
import { PUBLIC_ROUTES, type PublicRoute, QUERY_VALUE_CHARS_MAX, type QueryKey } from './public-routes.ts';
import { REST, readRestPath } from './rest-path.ts';

/** What stands where a route has placeholders, by their names; a rest path is encoded anew already. */
type Values = Readonly<Record<string, string>>;

export type RouteMatch =
  /** `url` is rebuilt from the table: a path and a query that contain nothing the table does not know. */
  | { readonly kind: 'route'; readonly route: PublicRoute; readonly url: string; readonly values: Values }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'bad_target' }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'value_too_long'; readonly key: QueryKey; readonly charsMax: number };

/** A route whose path was taken apart: plain parts as they are, placeholders by their names. */
type Pattern = { readonly route: PublicRoute; readonly hasRest: boolean; readonly parts: readonly (string | { readonly name: string })[] };

type Hit = { readonly route: PublicRoute; readonly values: Values };

/** An encoded dot, slash, backslash or NUL, and an encoded percent sign (which would make a second decoding differ). */
const DISGUISED = /%(?:2e|2f|5c|00|25)/i;

const PATTERNS: readonly Pattern[] = PUBLIC_ROUTES.map(patternOf);

/**
 * Finds the public route of a request target, as it came over the wire.
 *
 * @param method as parsed: upper case
 * @param target raw, undecoded: `/path?query`; an absolute URL, `*` and an authority are refused
 */
export function matchRoute(method: string, target: string): RouteMatch {
  if (!target.startsWith('/')) return { kind: 'bad_target' };
  const [rawPath = '', ...rest] = target.split('?');
  const found = hitsOf(rawPath);
  if (found === null) return { kind: 'bad_target' };
  if (found.length === 0) return { kind: 'not_found' };
  const plainMethod = method === 'HEAD' ? 'GET' : method;
  const hit = found.find(({ route }) => route.method === plainMethod);
  if (hit !== undefined) return withQuery(hit, rest.join('?'));
  // The method is known of this kind of address, for another kind of name: what is wrong is the name.
  const shapes = found.map(({ route }) => shapeOf(route));
  if (PUBLIC_ROUTES.some((route) => route.method === plainMethod && shapes.includes(shapeOf(route)))) return { kind: 'not_found' };
  return { kind: 'method_not_allowed', allow: found.flatMap(({ route }) => allowed(route)) };
}

/** The routes of every method whose path this is; null where it cannot be decoded. */
function hitsOf(rawPath: string): Hit[] | null {
  const rest = readRestPath(rawPath);
  const plainPart = rest === null ? rawPath : rest.before;
  if (DISGUISED.test(plainPart)) return [];
  const path = decodeOnce(plainPart);
  if (path === null) return null;
  const actual = [...segments(path), ...(rest === null ? [] : [rest.encoded])];
  return PATTERNS.flatMap(({ route, hasRest, parts }) => {
    if (hasRest !== (rest !== null)) return [];
    const values = valuesIn(parts, actual);
    return values === null ? [] : [{ route, values }];
  });
}

function decodeOnce(rawPath: string): string | null {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return null;
  }
}

/** What stands where the route has placeholders, or null if the path is another one. */
function valuesIn(expected: Pattern['parts'], actual: readonly string[]): Values | null {
  if (expected.length !== actual.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? '';
    if (typeof part === 'string' ? part !== value : !mayBe(part.name, value)) return null;
    if (typeof part !== 'string') values[part.name] = value;
  }
  return values;
}

/** Whether a value may stand for a placeholder. */
function mayBe(name: string, value: string): boolean {
  if (name === 'uid') return UID_PATTERN.test(value);
  if (name === 'asset') return DOCS_ASSETS.includes(value);
  const { pattern } = V1_PARAMETERS[name as V1Parameter];
  return pattern === null || pattern.test(value);
}

/** The parts between slashes, without the empty one after a trailing slash: both spellings of a route are one route. */
function segments(path: string): string[] {
  const parts = path.split('/').slice(1);
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts;
}

function patternOf(route: PublicRoute): Pattern {
  const parts = segments(route.path).map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    return name === undefined ? segment : { name };
  });
  return { route, hasRest: route.path.endsWith(REST), parts };
}

function shapeOf({ path }: PublicRoute): string {
  return path.replace(/\{\w+\}/g, '{}');
}

function allowed(route: PublicRoute): string[] {
  return route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
}

function withQuery({ route, values }: Hit, rawQuery: string): RouteMatch {
  const query = new URLSearchParams();
  for (const [key, value] of new URLSearchParams(rawQuery)) {
    const known = route.query.find((candidate) => candidate === key);
    if (known === undefined) continue;
    if (value.includes('\0')) return { kind: 'bad_target' };
    const charsMax = QUERY_VALUE_CHARS_MAX[known];
    if (value.length > charsMax) return { kind: 'value_too_long', key: known, charsMax };
    if (V1_REPEATED.includes(known)) query.append(known, value);
    else query.set(known, value);
  }
  const path = (route.upstreamPath ?? route.path).replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
  return { kind: 'route', route, values, url: query.size === 0 ? path : `${path}?${query}` };
}

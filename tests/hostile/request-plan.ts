import type { V1Header, V1Parameter, V1Route } from '@inference/contracts';
import { V1_PARAMETERS } from '@inference/contracts';
import fc from 'fast-check';
import { bodyOfRoute, type SentBody, type Zips } from './body-of-route.ts';
import { oddHeaderText, oddQuery, oddSegment } from './odd-text.ts';
import type { Mood } from './values-of-schema.ts';

/** One request to an operation of /api/v1. */
export type RequestPlan = {
  readonly route: V1Route;
  /** The route's own, or HEAD where that is GET. */
  readonly method: string;
  /** The path and the query, as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: SentBody | null;
  /** Whether every value in the path has the form that the contract gives it. */
  readonly isNamed: boolean;
};

/** What requests name: things that are there, keys, and zips to send. */
export type Named = {
  readonly adminKey: string;
  readonly goodKeys: readonly string[];
  readonly poorKeys: readonly string[];
  readonly models: readonly string[];
  readonly tasks: readonly string[];
  readonly keyPrefixes: readonly string[];
  readonly zips: Zips;
};

/** Operations that use tasks and keys up. */
export const CHANGING: readonly string[] = ['cancelTask', 'retryTask', 'deleteTask', 'requeueTask', 'changeKey', 'revokeKey', 'rotateKey'];

/** So many of a hundred requests have nothing wrong with them but what they ask for. */
export const GOOD_PERCENT = 50;
const UNKNOWN = {
  consumer: 'nobody',
  task: 'q3Zb1n0yX2VtVd5s9kQw7uHc4rJ8mLpA6eTgYfRzN0o',
  model: 'unknown',
  client: 'mine-1',
  key: 'AbCd1234',
  path: 'out.txt',
};

/** Requests to an operation: half of them right, so that they get far, half of them with anything wrong. */
export function requestPlans(route: V1Route, named: Named): fc.Arbitrary<RequestPlan> {
  return fc.oneof(
    { weight: GOOD_PERCENT, arbitrary: plansOf(route, named, 'good') },
    { weight: 100 - GOOD_PERCENT, arbitrary: plansOf(route, named, 'odd') },
  );
}

function plansOf(route: V1Route, named: Named, mood: Mood): fc.Arbitrary<RequestPlan> {
  const parts = { path: pathOf(route, named, mood), query: queryOf(route, named, mood), headers: headersOf(route, mood) };
  return fc
    .record({ ...parts, method: methodOf(route, mood), key: keyOf(named, mood), body: bodyOfRoute(route, mood, named.zips) })
    .map(({ path, query, headers, key, body, method }) => ({
      route,
      method,
      target: query === '' ? path.text : `${path.text}?${query}`,
      headers: { ...headers, ...body?.headers, ...key },
      body,
      isNamed: path.isNamed,
    }));
}

function methodOf({ method }: V1Route, mood: Mood): fc.Arbitrary<string> {
  if (method !== 'GET' || mood === 'good') return fc.constant(method);
  return fc.oneof({ weight: 9, arbitrary: fc.constant<string>(method) }, { weight: 1, arbitrary: fc.constant('HEAD') });
}

function pathOf({ path }: V1Route, named: Named, mood: Mood): fc.Arbitrary<{ text: string; isNamed: boolean }> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as V1Parameter);
  const values = names.map((name) => {
    const good = goodSegment(name, named);
    return mood === 'good' ? good : fc.oneof({ weight: 2, arbitrary: good }, { weight: 1, arbitrary: oddSegment });
  });
  return fc.tuple(...values).map((texts) => ({
    text: names.reduce((text, name, index) => text.replace(`{${name}}`, () => texts[index] ?? ''), path),
    isNamed: names.every((name, index) => (V1_PARAMETERS[name].pattern ?? /./).test(texts[index] ?? '')),
  }));
}

function goodSegment(name: V1Parameter, { tasks, models, keyPrefixes }: Named): fc.Arbitrary<string> {
  const there: Readonly<Record<V1Parameter, readonly string[]>> = {
    task: tasks,
    model: models,
    key: keyPrefixes,
    consumer: ['c1', 'gpu-1'],
    client: [...OWN_NAMES, 'a~b', 'A.1-2_3'],
    path: ['out.txt', 'folder/%C3%BCnicode%20name.txt', 'folder', 'none.txt'],
  };
  return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...there[name]) }, { weight: 1, arbitrary: fc.constant(UNKNOWN[name]) });
}

const GOOD_QUERY: Readonly<Record<string, readonly string[]>> = {
  wait: ['0', '1', '60'],
  limit: ['1', '2', '200'],
  cursor: ['MTI', 'MA', 'MjE0NzQ4MzY0Nw'],
  state: ['queued', 'running', 'succeeded', 'failed', 'cancelled'],
  label: ['a:b', 'study:A-12', 'x:'],
  time_limit_seconds: ['1', '60'],
  deadline_seconds: ['1', '3600'],
  priority: ['high', 'normal', 'low'],
  gpus: ['1', 'all'],
  stream: ['stdout', 'stderr'],
  tail: ['1', '1000000'],
  attempt: ['1', '2', '2147483647'],
};

function queryOf({ query }: V1Route, { models }: Named, mood: Mood): fc.Arbitrary<string> {
  const shape = Object.entries(query?.shape ?? {});
  const pairs = shape.map(([name, schema]) => {
    const isNeeded = !(schema as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success;
    const value = fc
      .constantFrom(...(name === 'model' ? models : (GOOD_QUERY[name] ?? ['x'])))
      .map((text) => `${name}=${encodeURIComponent(text)}`);
    if (isNeeded) return value;
    // The models of the test have no GPU: asked for one, most requests would get no further.
    return name === 'gpus'
      ? fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: value })
      : fc.option(value, { freq: 2, nil: '' });
  });
  const good = fc.tuple(...pairs).map((texts) => texts.filter((text) => text !== '').join('&'));
  const names = shape.map(([name]) => name);
  return mood === 'good' ? good : fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: oddQuery(names) });
}

/** Names of a client's own: often new ones, sometimes one that came before. */
const OWN_NAMES = Array.from({ length: 100 }, (_, index) => `own-${index}`);

const GOOD_HEADERS: Readonly<Record<V1Header, readonly string[]>> = {
  Accept: ['*/*', 'application/zip', 'application/json', 'application/x-ndjson', 'text/plain'],
  Prefer: ['wait=0', 'wait=60', 'respond-async, wait=1'],
  'Idempotency-Key': [...OWN_NAMES, 'x'.repeat(128)],
  'If-None-Match': ['*', '"x"', 'W/"x", "y"'],
  'If-Range': ['"x"'],
  'Last-Event-ID': ['0-0', '1-2-done', '999999999999999999-999999999999999999'],
  Range: ['bytes=0-9', 'bytes=-5', 'bytes=5-', 'bytes=1-2,4-5', 'bytes=999999999-'],
};
const ODD_HEADERS = [
  'accept',
  'prefer',
  'idempotency-key',
  'if-none-match',
  'if-range',
  'last-event-id',
  'range',
  'if-modified-since',
  'origin',
] as const;
const ODDER_HEADERS = [
  'x-relay-token',
  'x-caller',
  'x-request-id',
  'x-forwarded-for',
  'host',
  'cookie',
  'accept-encoding',
  'sec-fetch-site',
] as const;

function headersOf({ headers = [] }: V1Route, mood: Mood): fc.Arbitrary<Record<string, string>> {
  const good = fc.record(Object.fromEntries(headers.map((name) => [name.toLowerCase(), fc.constantFrom(...GOOD_HEADERS[name])])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Record<string, string>>;
  if (mood === 'good') return good;
  const value = fc.oneof(
    oddHeaderText,
    fc.constantFrom('bytes=-0', 'bytes=5-2', 'bytes=a-b', 'bytes=', 'wait=', 'wait=1e9', '-', ',,,', ';q=x', '*/*;q=2'),
  );
  const odd = fc.dictionary(fc.constantFrom(...ODD_HEADERS, ...ODDER_HEADERS), value, { maxKeys: 3 });
  return fc.tuple(good, fc.option(odd, { freq: 2, nil: {} })).map(([known, more]) => ({ ...known, ...more }));
}

export function keyOf({ goodKeys, poorKeys }: Pick<Named, 'goodKeys' | 'poorKeys'>, mood: Mood): fc.Arbitrary<Record<string, string>> {
  const good = fc.constantFrom(...goodKeys).map((key) => ({ authorization: `Bearer ${key}` }));
  if (mood === 'good') return good;
  const bad = fc.oneof(
    fc.constant({}),
    fc.constantFrom(...poorKeys).map((key) => ({ authorization: `Bearer ${key}` })),
    fc.oneof(oddHeaderText, fc.constantFrom('Bearer', 'Bearer ', 'Basic eDp5', 'bearer x y')).map((text) => ({ authorization: text })),
    oddHeaderText.map((text) => ({ authorization: `Bearer ${text}` })),
    oddHeaderText.map((text) => ({ 'x-token': text })),
  );
  return fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: bad });
}

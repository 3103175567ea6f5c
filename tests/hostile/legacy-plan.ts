import { LEGACY_OPENAPI } from '@inference/contracts';
import fc from 'fast-check';
import { multipart, oddBody, type SentBody, spoilt, type Zips } from './body-of-route.ts';
import { oddHeaderText, oddQuery, oddSegment } from './odd-text.ts';
import { GOOD_PERCENT, keyOf, type Named } from './request-plan.ts';
import type { SentRequest } from './send-plan.ts';
import type { Mood } from './values-of-schema.ts';

type Parameter = { readonly name: string; readonly in: string; readonly required: boolean };
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: object;
  readonly requestBody?: object;
};

/** One operation of the legacy document. */
export type LegacyRoute = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly hasBody: boolean;
  /** The statuses that the document names. */
  readonly statuses: readonly number[];
};

/** One request to an operation of the legacy document. */
export type LegacyPlan = SentRequest & { readonly route: LegacyRoute };

/** All operations of the legacy document. */
export const LEGACY_ROUTES: readonly LegacyRoute[] = Object.entries(LEGACY_OPENAPI.paths).flatMap(([path, operations]) => {
  const { parameters: shared = [], ...methods } = operations as { parameters?: readonly Parameter[] };
  return Object.entries(methods as Record<string, Operation>).map(([method, { operationId, parameters = [], responses, requestBody }]) => ({
    id: operationId,
    method: method.toUpperCase(),
    path,
    parameters: [...shared, ...parameters],
    hasBody: requestBody !== undefined,
    statuses: Object.keys(responses).map(Number),
  }));
});

/** Text that names a new model most of the time. */
const newName = fc.integer({ min: 0, max: 1e9 }).map((number) => `model-${number}`);

/** Requests to a legacy operation: half of them right, half of them with anything wrong. */
export function legacyPlans(route: LegacyRoute, named: Named): fc.Arbitrary<LegacyPlan> {
  return fc.oneof(
    { weight: GOOD_PERCENT, arbitrary: plansOf(route, named, 'good') },
    { weight: 100 - GOOD_PERCENT, arbitrary: plansOf(route, named, 'odd') },
  );
}

function plansOf(route: LegacyRoute, named: Named, mood: Mood): fc.Arbitrary<LegacyPlan> {
  // A model may come without a zip, and says which; only admins register any.
  const isModel = route.id === 'registerModel';
  const keys = isModel && mood === 'good' ? { ...named, goodKeys: [named.adminKey] } : named;
  const others = { path: pathOf(route, named, mood), key: keyOf(keys, mood), more: headersOf(mood), method: methodOf(route, mood) };
  return fc
    .boolean()
    .chain((isZipped) => {
      const hasZip = route.hasBody && (isZipped || !isModel);
      return fc.record({ ...others, query: queryOf(route, named, mood, isModel && isZipped), body: bodyOf(hasZip, named.zips, mood) });
    })
    .map(({ path, query, body, key, more, method }) => ({
      route,
      method,
      target: query === '' ? path : `${path}?${query}`,
      headers: { ...more, ...body?.headers, ...key },
      body,
    }));
}

function methodOf({ method }: LegacyRoute, mood: Mood): fc.Arbitrary<string> {
  return method === 'GET' && mood === 'odd' ? fc.constantFrom('GET', 'GET', 'GET', 'HEAD') : fc.constant(method);
}

function pathOf({ path }: LegacyRoute, { tasks }: Named, mood: Mood): fc.Arbitrary<string> {
  const good = fc.constantFrom(...tasks);
  const uid = mood === 'good' ? good : fc.oneof({ weight: 2, arbitrary: good }, { weight: 1, arbitrary: oddSegment });
  return uid.map((text) => path.replace('{uid}', () => text));
}

function queryOf({ parameters }: LegacyRoute, { models }: Named, mood: Mood, hasFiles: boolean): fc.Arbitrary<string> {
  const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
    model_human_readable_id: fc.constantFrom(...models, 'unknown'),
    human_readable_id: newName,
    container_tag: fc.constantFrom('a:1', 'registry.example:5000/group/b@sha256:0'),
    use_gpu: fc.constantFrom('0', 'True', 'off'),
    status: fc.constantFrom('standard', 'x'),
    description: fc.constant('words'),
  };
  const pairs = parameters
    .filter((parameter) => parameter.in === 'query' && values[parameter.name] !== undefined)
    .map(({ name, required }) => {
      const pair = (values[name] ?? fc.constant('')).map((text) => `${name}=${encodeURIComponent(text)}`);
      return required ? pair : fc.option(pair, { freq: 1, nil: '' });
    });
  const good = fc
    .tuple(...pairs)
    .map((texts) => [...texts, hasFiles ? 'model_available=true' : ''].filter((text) => text !== '').join('&'));
  const names = parameters.map(({ name }) => name);
  return mood === 'good' ? good : fc.oneof({ weight: 1, arbitrary: good }, { weight: 1, arbitrary: oddQuery(names) });
}

function bodyOf(hasZip: boolean, zips: Zips, mood: Mood): fc.Arbitrary<SentBody | null> {
  if (!hasZip) return mood === 'good' ? fc.constant(null) : fc.option(oddBody(zips), { freq: 4, nil: null });
  const zipped = (zip: Buffer) => multipart([{ name: 'zip_file', filename: 'in.zip', content: zip }]);
  if (mood === 'good') return fc.constant(zipped(zips.good));
  return fc.oneof(
    fc
      .constantFrom(zips.good, ...zips.bad)
      .map(zipped)
      .chain(spoilt),
    oddBody(zips),
    fc.constant(null),
  );
}

function headersOf(mood: Mood): fc.Arbitrary<Record<string, string>> {
  const good = fc.constantFrom({}, { range: 'bytes=0-9' }, { 'if-none-match': '"x"' }) as fc.Arbitrary<Record<string, string>>;
  const names = fc.constantFrom('range', 'if-range', 'if-none-match', 'if-modified-since', 'origin', 'x-token', 'cookie', 'accept');
  return mood === 'good' ? good : fc.dictionary(names, oddHeaderText, { maxKeys: 3 });
}

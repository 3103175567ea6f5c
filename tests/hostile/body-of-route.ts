import { OPENAPI_V1, type V1Route } from '@inference/contracts';
import fc from 'fast-check';
import { oddHeaderText, oddText } from './odd-text.ts';
import { type JsonSchema, type Mood, valuesOf } from './values-of-schema.ts';

/** A body and the headers that describe it. */
export type SentBody = { readonly headers: Readonly<Record<string, string>>; readonly bytes: Buffer };

/** Zips to send: one that is right, and some that are not. */
export type Zips = { readonly good: Buffer; readonly bad: readonly Buffer[] };

type Part = { readonly name: string; readonly filename?: string; readonly content: Buffer | string; readonly headers?: string };

const JSON_TYPE = 'application/json';
const OVER_JSON_BYTES = 70_000;
const DEEP = 20_000;
const BOUNDARY = 'boundary-of-the-test';
const ODD_TYPES = [
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'multipart/form-data',
  'multipart/mixed; boundary=x',
  ';;;',
  'a/b/c',
];

/** Bodies for a route; null where it takes none, which an odd request may send all the same. */
export function bodyOfRoute(route: V1Route, mood: Mood, zips: Zips): fc.Arbitrary<SentBody | null> {
  if (route.bodies === undefined) return mood === 'good' ? fc.constant(null) : fc.option(oddBody(zips), { freq: 4, nil: null });
  const right = fc.oneof(...Object.entries(contentsOf(route)).map(([type, { schema }]) => bodyOfType(type, schema, mood, zips)));
  return mood === 'good' ? right : fc.oneof({ weight: 3, arbitrary: right.chain(spoilt) }, { weight: 1, arbitrary: oddBody(zips) });
}

type Contents = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** What the OpenAPI document says of the bodies of a route, by their types. */
function contentsOf({ path, method }: V1Route): Contents {
  const operation = OPENAPI_V1.paths[path]?.[method.toLowerCase()] as { requestBody?: { content: Contents } } | undefined;
  return operation?.requestBody?.content ?? {};
}

function bodyOfType(type: string, schema: JsonSchema, mood: Mood, zips: Zips): fc.Arbitrary<SentBody> {
  const zip = mood === 'good' ? fc.constant(zips.good) : fc.oneof(fc.constant(zips.good), fc.constantFrom(...zips.bad));
  if (type === 'application/zip') return zip.map((bytes) => ({ headers: { 'content-type': type }, bytes }));
  const { model, options } = schema.properties ?? {};
  const words = valuesOf(model ?? options ?? schema, mood).map((value) => JSON.stringify(value) ?? 'null');
  if (type === JSON_TYPE) return words.map((text) => ({ headers: { 'content-type': JSON_TYPE }, bytes: Buffer.from(text) }));
  const more = fc.array(oddPart, { maxLength: mood === 'good' ? 0 : 1 });
  const parts = fc
    .tuple(words, zip, fileName(mood))
    .chain((sent) => fc.constantFrom(...(model === undefined ? inputParts(...sent) : modelParts(...sent))));
  return fc.tuple(parts, more).map(([known, odd]) => multipart([...known, ...odd]));
}

function inputParts(words: string, zip: Buffer, name: string): Part[][] {
  const options = { name: 'options', content: words };
  return [
    [{ name: 'input', filename: 'in.zip', content: zip }, options],
    [{ name: 'files', filename: name, content: 'plain' }, options],
  ];
}

function modelParts(words: string, zip: Buffer, name: string): Part[][] {
  const model = { name: 'model', content: words };
  return [[model, { name: 'files', filename: name, content: zip }], [model]];
}

function fileName(mood: Mood): fc.Arbitrary<string> {
  return mood === 'good' ? fc.constantFrom('a.txt', 'folder/b.txt') : oddText.map((text) => text.replace(/["\r\n]/g, '_'));
}

const oddPart: fc.Arbitrary<Part> = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom('options', 'options[x]', 'options[]', 'options[__proto__]', 'input', 'files', 'model', '__proto__'),
      oddText,
    ),
    filename: oddText,
    content: fc.oneof(oddText, fc.constant(Buffer.alloc(OVER_JSON_BYTES))),
    headers: fc.constantFrom('content-transfer-encoding: base64', 'content-type: ;', 'x: y\r\n'.repeat(40)),
  },
  { requiredKeys: ['name', 'content'] },
);

export function multipart(parts: readonly Part[], boundary = BOUNDARY): SentBody {
  const pieces = parts.flatMap(({ name, filename, content, headers = '' }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const more = headers === '' ? '' : `${headers}\r\n`;
    return [`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n${more}\r\n`, content, '\r\n'];
  });
  const bytes = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, bytes };
}

/** The same body with something wrong about it, most of the time. */
export function spoilt(body: SentBody): fc.Arbitrary<SentBody> {
  const { headers, bytes } = body;
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(body) },
    { weight: 1, arbitrary: fc.nat(bytes.length).map((at) => ({ headers, bytes: bytes.subarray(0, at) })) },
    { weight: 1, arbitrary: fc.nat(bytes.length).map((at) => ({ headers, bytes: flipped(bytes, at) })) },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.constantFrom(...ODD_TYPES), oddHeaderText).map((type) => ({ headers: { 'content-type': type }, bytes })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('gzip', 'identity', 'x').map((coding) => ({ headers: { ...headers, 'content-encoding': coding }, bytes })),
    },
    { weight: 1, arbitrary: fc.constantFrom('100-continue').map((expect) => ({ headers: { ...headers, expect }, bytes })) },
  );
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

export function oddBody({ bad }: Zips): fc.Arbitrary<SentBody> {
  const texts = [
    '{',
    '',
    'null',
    '[]',
    '"x"',
    '['.repeat(DEEP),
    '{"a":'.repeat(DEEP),
    `{"id":"${'x'.repeat(OVER_JSON_BYTES)}"}`,
    '{"__proto__":{"x":1}}',
    '\ufeff{}',
  ];
  const bytes = fc.oneof(
    fc.constantFrom(...texts.map((text) => Buffer.from(text)), ...bad),
    fc.uint8Array({ maxLength: 200 }).map((odd) => Buffer.from(odd)),
  );
  const types = [
    'application/json',
    'application/zip',
    'multipart/form-data; boundary=x',
    `multipart/form-data; boundary=${'x'.repeat(300)}`,
    ...ODD_TYPES,
  ];
  return fc.tuple(bytes, fc.constantFrom(...types)).map(([sent, type]) => ({ headers: { 'content-type': type }, bytes: sent }));
}

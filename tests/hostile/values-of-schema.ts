import { OPENAPI_V1 } from '@inference/contracts';
import fc from 'fast-check';
import { oddText } from './odd-text.ts';

/** What of JSON Schema the contract uses. */
export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
};

/** In good values nothing is wrong as far as the schema tells; in odd ones any part may be. */
export type Mood = 'good' | 'odd';

const NEST_DEPTH = 1_000;
/** Of so many parts of an odd value one is replaced. */
const ODD_EVERY = 6;
const TIMES = ['2099-01-01T00:00:00Z', '2100-12-31T23:59:59.999+14:00'];
const ODD_TIMES = ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59', '2024-02-30T00:00:00Z', '1e9'];

/** What every machine has, for models without a GPU: values that only fit the schema would nearly all be more than any has. */
const GOOD_PARTS: Readonly<Record<string, readonly unknown[]>> = {
  resources: [{}, { cpus: 0.5 }, { memory_bytes: 1_048_576, shm_bytes: 1 }, { scratch_bytes: 0, node_labels: {} }],
};

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { x: value };
  return value;
}

/** Any JSON where another was wanted. */
const oddJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 0.5, 1e308, -0, 2 ** 31, 2 ** 53, 2 ** 63, [], {}, [[]], nested(NEST_DEPTH)),
  oddText,
  fc.constantFrom(...ODD_TIMES),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
  fc.array(oddText, { maxLength: 30 }),
  fc.dictionary(oddText, oddText, { maxKeys: 30 }),
);

/** Values for a schema. */
export function valuesOf(schema: JsonSchema, mood: Mood): fc.Arbitrary<unknown> {
  const good = goodOf(schema, mood);
  return mood === 'good' ? good : fc.oneof({ weight: ODD_EVERY - 1, arbitrary: good }, { weight: 1, arbitrary: oddJson });
}

function goodOf(schema: JsonSchema, mood: Mood): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(referredTo(schema.$ref), mood);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => valuesOf(each, mood)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectOf(schema, mood);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, mood), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case 'integer':
    case 'number': {
      const least = Math.ceil(schema.minimum ?? 0);
      return fc.oneof(
        fc.integer({ min: least, max: Math.min(schema.maximum ?? 1_000, least + 1_000) }),
        fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 1_000),
      );
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return textOf(schema, mood);
    default:
      return oddJson;
  }
}

function referredTo(ref: string): JsonSchema {
  const found = OPENAPI_V1.components.schemas[ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`the document refers to ${ref}, which it does not have`);
  return found as JsonSchema;
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema, mood: Mood): fc.Arbitrary<unknown> {
  if (typeof additionalProperties === 'object') {
    const key = mood === 'good' ? fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.replace(/[\s:]/g, '_')) : oddText;
    return fc.dictionary(key, valuesOf(additionalProperties, mood), { maxKeys: mood === 'good' ? 4 : 20 });
  }
  const known = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, partOf(name, schema, mood)]));
  const all = fc.record(known, { requiredKeys: mood === 'good' ? [...required] : [] });
  if (mood === 'good') return all;
  const more = fc.oneof(
    { weight: 9, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(oddText, oddJson, { maxKeys: 2 }) },
  );
  return fc.tuple(all, more).map(([value, extra]) => ({ ...value, ...extra }));
}

function partOf(name: string, schema: JsonSchema, mood: Mood): fc.Arbitrary<unknown> {
  const known = mood === 'good' ? GOOD_PARTS[name] : undefined;
  return known === undefined ? valuesOf(schema, mood) : fc.constantFrom(...known);
}

function textOf({ pattern, format, minLength = 0, maxLength = 64 }: JsonSchema, mood: Mood): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.constantFrom(...TIMES, ...(mood === 'odd' ? ODD_TIMES : []));
  // fast-check makes no text for properties of Unicode; plain letters have none of those that the contract excludes.
  if (mood === 'odd' && pattern === undefined) return oddText;
  if (pattern === undefined) return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 64) });
  if (pattern.includes('\\p') || pattern.includes('\\P'))
    return fc.string({ minLength: Math.max(minLength, 1), maxLength: Math.min(maxLength, 64) });
  return fc.stringMatching(new RegExp(pattern), { maxLength: 24 });
}

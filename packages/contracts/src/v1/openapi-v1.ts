import { ERRORS, type ErrorCode, problemStatus } from '@inference/domain';
import { z } from 'zod';
import { EXAMPLE } from '../example.ts';
import { componentSchemas, refTo } from './named-schemas.ts';
import { problemSchema } from './problem.ts';
import { SCOPE_SENTENCES } from './scope.ts';
import { V1_PARAMETERS, type V1Parameter } from './v1-parameters.ts';
import { COMMON_REFUSALS, type V1Answer, type V1Body, type V1Header, type V1Route } from './v1-route.ts';
import { V1_ROUTES } from './v1-routes.ts';

const HEADER_TEXTS: Readonly<Record<V1Header, string>> = {
  Accept: '`application/zip` together with `Prefer: wait` answers the output itself.',
  Prefer: '`wait=N` waits for the end of the task, at most 60 seconds.',
  'Idempotency-Key': '1 to 128 visible characters: sent again under the same key, the same task is answered, not a second one made.',
  'If-None-Match': 'The `ETag` of an answer that you have.',
  'If-Range': 'The `ETag` of the answer whose rest you ask for.',
  'Last-Event-ID': 'The id of the last event that you heard: what came after it follows.',
  Range: 'One range of bytes.',
};

const BYTES = { type: 'string', format: 'binary' };

function parametersOf(route: V1Route): object[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const { pattern, text, example } = V1_PARAMETERS[name as V1Parameter];
    const schema = { type: 'string', ...(pattern === null ? {} : { pattern: pattern.source }) };
    return { name, in: 'path', required: true, description: text, schema, example };
  });
  const inQuery = Object.entries(route.query?.shape ?? {}).map(([name, value]) => {
    const schema = z.toJSONSchema(value as z.ZodType, { io: 'input' });
    const { $schema: _schema, description, ...rest } = schema;
    const required = !(value as z.ZodType).safeParse(undefined).success;
    return {
      name,
      in: 'query',
      required,
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(required && name === 'model' ? { example: EXAMPLE.model } : {}),
    };
  });
  const inHeaders = (route.headers ?? []).map((name) => ({
    name,
    in: 'header',
    description: HEADER_TEXTS[name],
    schema: { type: 'string' },
  }));
  return [...inPath, ...inQuery, ...inHeaders.filter(({ name }) => name !== 'Accept')];
}

function bodyOf(bodies: readonly V1Body[]) {
  const contents = bodies.map(({ type, schema, example }) => {
    if (type === 'application/json') return [type, { schema: schema === undefined ? {} : refTo(schema), example }];
    if (type !== 'multipart/form-data' || schema === undefined) return [type, { schema: BYTES }];
    return [type, { schema: partsOf(schema) }];
  });
  return { required: true, description: bodies.map(({ text }) => text).join(' '), content: Object.fromEntries(contents) };
}

/** What a multipart body may hold: words as JSON, and a zip or files. */
function partsOf(schema: z.ZodType) {
  const words = refTo(schema);
  if (words.$ref.endsWith('NewModel'))
    return { type: 'object', properties: { model: words, files: BYTES, sample: BYTES }, required: ['model'] };
  return { type: 'object', properties: { input: BYTES, files: { type: 'array', items: BYTES }, options: words } };
}

function answerOf(answer: V1Answer | readonly V1Answer[]) {
  const all = Array.isArray(answer) ? (answer as readonly V1Answer[]) : [answer as V1Answer];
  const contents = all.flatMap(({ type = 'application/json', schema, example }): [string, object][] => {
    if (schema !== undefined) return [[type, { schema: refTo(schema), ...(example === undefined ? {} : { example }) }]];
    return type === 'application/json' ? [] : [[type, { schema: BYTES }]];
  });
  const content = Object.fromEntries(contents);
  const headers = Object.fromEntries(all.flatMap(({ headers = [] }) => headers.map((name) => [name, { schema: { type: 'string' } }])));
  return {
    description: all.map(({ text }) => text).join(' '),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

/** Refusals by status: one answer may stand for several codes. */
function refusalsOf(codes: readonly ErrorCode[]): Record<string, object> {
  const byStatus = Map.groupBy(codes, problemStatus);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
        content: { 'application/problem+json': { schema: refTo(problemSchema) } },
      },
    ]),
  );
}

function operationOf(route: V1Route) {
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer)]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: route.scope === 'any' ? 'Scope: any.' : `Scope: \`${route.scope}\`. ${SCOPE_SENTENCES[route.scope]}`,
    security: [{ key: [] }, {}],
    parameters: parametersOf(route),
    ...(route.bodies === undefined ? {} : { requestBody: bodyOf(route.bodies) }),
    responses: { ...Object.fromEntries(answers), ...refusalsOf([...route.refusals, ...COMMON_REFUSALS]) },
  };
}

function paths(): Record<string, Record<string, object>> {
  const byPath = Map.groupBy(V1_ROUTES, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, routes]) => [
      path,
      Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operationOf(route)])),
    ]),
  );
}

/** The OpenAPI document of /api/v1, made from the schemas that also check what comes in. */
export const OPENAPI_V1 = {
  openapi: '3.1.0',
  info: {
    title: 'InferenceServer',
    version: '1.0.0',
    description: 'Zip in, zip out: send a task for a model, and get back the zip that the model wrote.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'tasks' }, { name: 'models' }, { name: 'operations' }, { name: 'keys' }],
  security: [{ key: [] }, {}],
  paths: paths(),
  components: {
    securitySchemes: {
      key: { type: 'http', scheme: 'bearer', description: 'A key of this server; programs on the machine itself may need none.' },
    },
    schemas: componentSchemas(),
  },
};

import { STATUS_CODES } from 'node:http';
import { ERRORS, type ErrorCode, problemStatus } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { OPENAPI_V1 } from './openapi-v1.ts';
import { V1_PARAMETERS, V1_QUERY_CHARS_MAX } from './v1-parameters.ts';
import { V1_ROUTES } from './v1-routes.ts';

type Operation = { operationId: string; responses: Record<string, { description: string; content?: Record<string, object> }> };
const OPERATIONS = Object.values(OPENAPI_V1.paths).flatMap((path) => Object.values(path) as Operation[]);

/** Every value under a key of this name, however deep. */
function valuesOf(key: string, within: unknown): unknown[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) => [...(name === key ? [value] : []), ...valuesOf(key, value)]);
}

describe('the OpenAPI document of /api/v1', () => {
  it('has one operation for each route, each with a name of its own', () => {
    expect(OPERATIONS.map(({ operationId }) => operationId).sort()).toEqual(V1_ROUTES.map(({ id }) => id).sort());
    expect(new Set(V1_ROUTES.map(({ id }) => id)).size).toBe(V1_ROUTES.length);
    expect(new Set(V1_ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(V1_ROUTES.length);
  });

  it('refers only to schemas that it has, and is plain JSON', () => {
    const plain = JSON.parse(JSON.stringify(OPENAPI_V1)) as typeof OPENAPI_V1;
    expect(plain).toEqual(OPENAPI_V1);
    const refs = valuesOf('$ref', plain) as string[];
    expect(refs.length).toBeGreaterThan(20);
    const names = Object.keys(plain.components.schemas);
    expect(refs.filter((ref) => !names.some((name) => ref === `#/components/schemas/${name}`))).toEqual([]);
    expect(names.filter((name) => !refs.includes(`#/components/schemas/${name}`))).toEqual([]);
  });

  it('answers with statuses that are registered, each with a description, refusals as problems', () => {
    for (const { operationId, responses } of OPERATIONS) {
      for (const [status, { description, content = {} }] of Object.entries(responses)) {
        expect(STATUS_CODES[status], `${operationId} ${status}`).toBeDefined();
        expect(description).toMatch(/\w{2}/);
        if (Number(status) >= 400 && status !== '416') expect(Object.keys(content)).toEqual(['application/problem+json']);
      }
    }
  });

  it('shows examples that its own schemas accept', () => {
    const answers = V1_ROUTES.flatMap(({ answers }) => Object.values(answers).flat());
    const shown = answers.filter(({ example }) => example !== undefined);
    expect(shown.length).toBeGreaterThan(8);
    for (const { schema, example } of shown) expect(schema?.safeParse(example).error).toBeUndefined();
  });

  it('has an example for each JSON body, which the page fills in, and which its schema accepts', () => {
    const bodies = V1_ROUTES.flatMap(({ bodies = [] }) => bodies).filter(({ type }) => type === 'application/json');
    expect(bodies.length).toBeGreaterThan(3);
    for (const { schema, example, text } of bodies) {
      expect(example, text).toBeDefined();
      expect(schema?.safeParse(example).error).toBeUndefined();
    }
  });

  it('knows each parameter of its paths and each name of its queries', () => {
    for (const { path, query } of V1_ROUTES) {
      for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) expect(Object.keys(V1_PARAMETERS)).toContain(name);
      for (const name of Object.keys(query?.shape ?? {})) expect(Object.keys(V1_QUERY_CHARS_MAX)).toContain(name);
    }
  });
});

describe('the status of a problem', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('is registered for %s', (code) => {
    expect(STATUS_CODES[problemStatus(code)]).toBeDefined();
  });
});

import { readFileSync } from 'node:fs';
import { LEGACY_OPENAPI } from '@inference/contracts';
import { describe, expect, it } from 'vitest';
import { PUBLIC_ROUTES } from './public-routes.ts';

describe('public routes', () => {
  it('are exactly those of the checked-in list, so that none becomes public by accident', () => {
    const listed = readFileSync(new URL('../public-routes.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect(PUBLIC_ROUTES.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(listed);
  });

  it('that the upstream serves are exactly the operations of the legacy document, and those of /api/v1', () => {
    const documented = Object.entries(LEGACY_OPENAPI.paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((key) => key !== 'parameters')
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    const relayed = PUBLIC_ROUTES.filter(({ servedBy, path }) => servedBy === 'upstream' && !path.startsWith('/api/v1/')).map(
      ({ method, path }) => `${method} ${path}`,
    );
    expect(documented.sort()).toEqual(relayed.sort());
  });

  it('pass on every query parameter that the OpenAPI document names', () => {
    for (const [path, operations] of Object.entries(LEGACY_OPENAPI.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (!('responses' in operation) || !('parameters' in operation)) continue;
        const route = PUBLIC_ROUTES.find((candidate) => candidate.path === path && candidate.method === method.toUpperCase());
        const named = (operation.parameters as { name: string; in: string }[]).filter((parameter) => parameter.in === 'query');
        expect(route?.query).toEqual(expect.arrayContaining(named.map(({ name }) => name)));
      }
    }
  });

  it('document the codes 551 to 554 of a task, each with a description', () => {
    const { responses } = LEGACY_OPENAPI.paths['/api/tasks/{uid}'].get;
    for (const status of [551, 552, 553, 554] as const) expect(responses[status].description).toMatch(/\w{4}/);
  });
});

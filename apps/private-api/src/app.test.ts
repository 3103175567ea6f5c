import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PRIVATE_OPENAPI } from '@inference/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from './app.ts';
import { testDeps } from './testing/test-deps.ts';

async function setup() {
  const deps = await testDeps();
  const server = createServer(createApp(deps, { boundToLoopback: true }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    ask: (path: string, init: RequestInit = {}) => fetch(url + path, { ...init, headers: { connection: 'close', ...init.headers } }),
  };
}

describe('the private API', () => {
  it('serves every operation of its OpenAPI document', async () => {
    const { ask } = await setup();
    for (const [path, operations] of Object.entries(PRIVATE_OPENAPI.paths)) {
      for (const method of Object.keys(operations).filter((key) => key !== 'parameters')) {
        const address = path.replace('{uid}', 'A'.repeat(43)).replace(/\{\w+\}/g, 'none');
        const answer = await ask(address, { method: method.toUpperCase() });
        expect(((await answer.json()) as { code?: string }).code, `${method} ${path}`).not.toBe('not_found');
      }
    }
  });

  it.each(['/api/models/%00', '/api/models/zips/%00', '/api/models/human_readable_id/a%00b'])('knows no model at %s', async (path) => {
    const { ask } = await setup();
    const answer = await ask(path);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([554, 'model_not_found']);
  });

  it('has every route that is not of /api/v1 in its OpenAPI document, with all that its address holds', async () => {
    const app = createApp(await testDeps(), { boundToLoopback: true });
    const documented = Object.entries(PRIVATE_OPENAPI.paths).flatMap(([path, operations]) => {
      const methods = Object.keys(operations).filter((key) => key !== 'parameters');
      return methods.map((method) => `${method} ${path.replace(/\/$/, '')}`);
    });
    const layers = app.router.stack as unknown as { route?: { path: string; methods: Record<string, boolean> } }[];
    const routes = layers.flatMap(({ route }) =>
      route === undefined ? [] : Object.keys(route.methods).map((method) => [method, route.path]),
    );
    const served = routes
      .filter(([, path]) => !/^\/(docs|openapi|api\/v1)/.test(String(path)))
      .map(([method, path]) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`);
    expect(served.length).toBeGreaterThan(15);
    expect(documented.sort()).toEqual(served.sort());
    for (const [path, { parameters = [] }] of Object.entries(PRIVATE_OPENAPI.paths) as [
      string,
      { parameters?: { name: string; in: string }[] },
    ][]) {
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(named, path).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('describes the messages of consumers as they are checked', async () => {
    const hello = JSON.stringify(PRIVATE_OPENAPI.paths['/api/consumers/{consumerId}/hello' as never]);
    for (const part of ['"bootId"', '"folderModels"', '"maxItems":200', '"pools"']) expect(hello).toContain(part);
    expect(hello).not.toContain('readOnly');
  });

  it('has an interactive page with all that it loads', async () => {
    const { ask } = await setup();
    const html = await (await ask('/docs')).text();
    const assets = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map((match) => String(match[1]));
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of [...assets, '/openapi.json']) expect((await ask(asset)).status, asset).toBe(200);
  });

  it('answers 404 in JSON elsewhere', async () => {
    const { ask } = await setup();
    const answer = await ask('/none');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not_found']);
  });

  it("gives nothing to operators' routes that come through the relay from a stranger", async () => {
    const { ask } = await setup();
    const headers = { 'x-relay-token': 'relay-token', 'x-caller': 'remote' };
    for (const path of ['/api/tasks/', `/api/tasks/${'A'.repeat(43)}`, `/api/tasks/inputs/${'A'.repeat(43)}`]) {
      expect((await ask(path, { headers })).status, path).toBe(401);
    }
  });

  it('takes nobody for the relay who does not know its token', async () => {
    const { ask } = await setup();
    const headers = { 'x-relay-token': 'guessed', 'x-caller': 'local', 'x-forwarded-for': '10.0.0.1' };
    expect((await ask('/api/tasks/', { headers })).status).toBe(401);
  });
});

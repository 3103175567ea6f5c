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
        const answer = await ask(path.replace('{uid}', 'A'.repeat(43)).replace('{id}', 'none'), { method: method.toUpperCase() });
        expect(((await answer.json()) as { code?: string }).code, `${method} ${path}`).not.toBe('not_found');
      }
    }
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

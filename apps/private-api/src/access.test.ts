// Who may do what, proved for every route that the app has: a new route without a rule is found here.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Express } from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { CONSUMER_KEY, servePrivateApi } from './testing/serve-private-api.ts';
import { testDeps } from './testing/test-deps.ts';

const ADMIN_KEY = 'admin-key-of-the-tests-0123456789abc';

/** Routes that need no key: nothing of anybody's is in what they answer. */
const OPEN = [
  'GET /docs',
  'GET /docs/errors',
  'GET /docs/:asset',
  'GET /openapi.json',
  'GET /openapi/v1.json',
  'GET /livez',
  'GET /readyz',
];
/** What a consumer's key is for. */
const FOR_CONSUMERS = [
  'POST /api/consumers/:consumerId/hello',
  'POST /api/claims',
  'POST /api/attempts/:taskUid/:attempt/renew',
  'GET /api/attempts/:taskUid/:attempt/stop',
  'POST /api/attempts/:taskUid/:attempt/live',
  'POST /api/attempts/:taskUid/:attempt/image',
  'POST /api/attempts/:taskUid/:attempt/outcome',
  'GET /api/attempts/:taskUid/:attempt/input',
  'GET /api/attempts/:taskUid/:attempt/model-zip',
  'PUT /api/attempts/:taskUid/:attempt/output',
  'GET /api/models',
  'GET /api/models/:uid',
  'GET /api/models/human_readable_id/:id',
  'GET /api/tasks/:uid',
];
/** What comes through the relay without a key, where LEGACY_ANONYMOUS allows it. */
const FOR_ANONYMOUS = ['POST /api/models', 'POST /api/tasks', 'GET /api/models', 'GET /api/tasks/outputs/:uid', 'DELETE /api/tasks/:uid'];

type Layer = { name: string; route?: { path: string; stack: { method?: string }[] }; handle: { stack?: unknown } };

/** Every route of an app, as "METHOD path". */
function routesOf(app: Express): string[] {
  const layers = (app as unknown as { router: { stack: Layer[] } }).router.stack;
  const hidden = layers.filter((layer) => layer.route === undefined && layer.handle.stack !== undefined);
  expect(hidden, 'routers within the app, whose routes this test cannot see: add their routes to the app itself').toEqual([]);
  return layers.flatMap(({ route }) => {
    const methods = new Set(route?.stack.map(({ method }) => (method ?? 'all').toUpperCase()));
    return [...methods].map((method) => `${method} ${route?.path}`);
  });
}

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY, legacyAnonymous: true });
  const routes = routesOf(createApp(deps, { boundToLoopback: false }));
  const { url } = await servePrivateApi(deps);
  const statusOf = async (route: string, headers: Record<string, string> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(url + path.replace(/:\w+/g, 'x'), { method, headers: { connection: 'close', ...headers } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const closed = routes.filter((route) => !OPEN.includes(route));
  return { routes, closed, statusOf };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const REFUSED = [401, 403];

describe('every route of the private API', () => {
  it('is found by this test', async () => {
    const { routes } = await setup();
    expect(routes).toEqual(expect.arrayContaining([...FOR_CONSUMERS, ...FOR_ANONYMOUS]));
    expect(routes).toContain('GET /api/tasks');
  });

  it('answers 401 without a key, with a wrong one, and with parts of the right one', async () => {
    const { closed, statusOf } = await setup();
    for (const route of closed) {
      expect(await statusOf(route), route).toBe(401);
      for (const key of ['x'.repeat(36), ADMIN_KEY.slice(1), `${ADMIN_KEY}x`, ADMIN_KEY.toUpperCase()]) {
        expect(await statusOf(route, bearer(key)), `${route} ${key}`).toBe(401);
      }
      expect(await statusOf(route, { 'x-token': 'wrong' }), route).toBe(401);
      expect(await statusOf(route, { 'x-relay-token': 'guessed', 'x-caller': 'local' }), route).toBe(401);
    }
  });

  it("answers 403 for a consumer's key, unless it is for consumers", async () => {
    const { closed, statusOf } = await setup();
    for (const route of closed) {
      expect(REFUSED.includes(await statusOf(route, bearer(CONSUMER_KEY))), route).toBe(!FOR_CONSUMERS.includes(route));
    }
  });

  it("lets an admin's key in, in both headers", async () => {
    const { closed, statusOf } = await setup();
    for (const route of closed) {
      expect(REFUSED, route).not.toContain(await statusOf(route, bearer(ADMIN_KEY)));
      expect(REFUSED, route).not.toContain(await statusOf(route, { 'x-token': ADMIN_KEY }));
    }
  });

  it('lets strangers in through the relay only where legacy clients have their routes, and none with a wrong key', async () => {
    const { closed, statusOf } = await setup();
    const relayed = { 'x-relay-token': 'relay-token', 'x-caller': 'remote' };
    for (const route of closed) {
      expect(REFUSED.includes(await statusOf(route, relayed)), route).toBe(!FOR_ANONYMOUS.includes(route));
      expect(await statusOf(route, { ...relayed, ...bearer('wrong') }), route).toBe(401);
    }
  });
});

describe('a key', () => {
  it('that is not set opens nothing, not even to an empty one', async () => {
    const deps = await testDeps();
    const { url } = await servePrivateApi(deps);
    for (const key of ['', 'null', 'undefined']) {
      const answer = await fetch(`${url}/api/claims`, { method: 'POST', headers: { connection: 'close', authorization: `Bearer ${key}` } });
      expect(answer.status).toBe(401);
      await answer.arrayBuffer();
    }
  });

  it('is checked before a body is read, or even sent', async () => {
    const deps = await testDeps({ consumerKey: CONSUMER_KEY });
    const { port } = await servePrivateApi(deps);
    for (const path of ['/api/tasks', '/api/claims', `/api/attempts/${'A'.repeat(43)}/1/output`]) {
      const answer = await rawAnswer(port, `${path.endsWith('output') ? 'PUT' : 'POST'} ${path} HTTP/1.1`, 'x'.repeat(36));
      expect(answer.split('\r\n')[0], path).toBe('HTTP/1.1 401 Unauthorized');
    }
    // With the right key, the same client is told to go on.
    expect(await rawAnswer(port, 'POST /api/claims HTTP/1.1', CONSUMER_KEY)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  });
});

/** What comes first for a client that announces a large body and waits with it. */
async function rawAnswer(port: number, head: string, key: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const headers = [
    'Host: x',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    'Content-Length: 60000',
    'Expect: 100-continue',
  ];
  socket.write([head, ...headers, '', ''].join('\r\n'));
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first.toString();
}

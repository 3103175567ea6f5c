// Who may do what, proved for every route that the app has: a new route without a rule is found here.

import { once } from 'node:events';
import { connect } from 'node:net';
import { CONSUMER_ROUTES, SCOPES, V1_ROUTES } from '@inference/contracts';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import type { Grant } from './identify-caller.ts';
import { givenKey } from './testing/given-key.ts';
import { routesOf } from './testing/routes-of.ts';
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
const LOOK: readonly Grant[] = ['operate', 'admin', 'consumer'];
/** Who may use the routes that the contract of /api/v1 does not speak of. `anonymous` stands for whoever comes through the relay without a key. */
const LEGACY: Readonly<Record<string, readonly Grant[]>> = {
  'POST /api/models': ['admin', 'anonymous'],
  'POST /api/tasks': ['submit', 'anonymous'],
  'GET /api/tasks/outputs/:uid': ['read', 'anonymous'],
  'DELETE /api/tasks/:uid': ['submit', 'anonymous'],
  'GET /api/models': ['read', 'consumer', 'anonymous'],
  'GET /api/tasks': ['operate', 'admin'],
  'GET /api/tasks/inputs/:uid': ['operate', 'admin'],
  'GET /api/tasks/:uid': LOOK,
  'GET /api/models/zips/:uid': ['operate', 'admin'],
  'GET /api/models/human_readable_id/:id': LOOK,
  'GET /api/models/:uid': LOOK,
  ...Object.fromEntries(Object.values(CONSUMER_ROUTES).map(({ method, path }) => [`${method} ${path}`, ['consumer' as const]])),
};

/** Who may use a route. */
function grantsOf(route: string): readonly Grant[] {
  const [method, path] = route
    .replace('*path', '{path}')
    .replace(/:(\w+)/g, '{$1}')
    .split(' ');
  const contract = V1_ROUTES.find((candidate) => candidate.method === method && candidate.path === path);
  if (contract !== undefined) return contract.scope === 'any' ? SCOPES : [contract.scope];
  const grants = LEGACY[route];
  if (grants === undefined) throw new Error(`${route}: this test does not know who may use it`);
  return grants;
}

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY, legacyAnonymous: true });
  const routes = routesOf(createApp(deps, { boundToLoopback: false }));
  const { url } = await servePrivateApi(deps);
  const statusOf = async (route: string, headers: Record<string, string> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(url + path.replace(/[:*]\w+/g, 'x'), { method, headers: { connection: 'close', ...headers } });
    await answer.arrayBuffer();
    return answer.status;
  };
  const closed = routes.filter((route) => !OPEN.includes(route));
  return { deps, closed, statusOf };
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const REFUSED = [401, 403];

describe('every route of the private API', () => {
  it('is one that this test knows, and the other way round', async () => {
    const { closed } = await setup();
    for (const route of closed) expect(grantsOf(route).length, route).toBeGreaterThan(0);
    expect(closed).toEqual(expect.arrayContaining(Object.keys(LEGACY)));
    expect(closed.length).toBe(Object.keys(LEGACY).length + V1_ROUTES.length);
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

  it.each(SCOPES)('takes a key with the scope %s where that is asked for, and answers 403 elsewhere', async (scope) => {
    const { deps, closed, statusOf } = await setup();
    const key = await givenKey(deps, 'somebody', [scope]);
    for (const route of closed) {
      const status = await statusOf(route, bearer(key));
      if (grantsOf(route).includes(scope)) expect(REFUSED, route).not.toContain(status);
      else expect(status, route).toBe(403);
    }
  });

  it("takes a consumer's configured key for what consumers do only", async () => {
    const { closed, statusOf } = await setup();
    for (const route of closed) {
      expect(REFUSED.includes(await statusOf(route, bearer(CONSUMER_KEY))), route).toBe(!grantsOf(route).includes('consumer'));
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
      expect(REFUSED.includes(await statusOf(route, relayed)), route).toBe(!grantsOf(route).includes('anonymous'));
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

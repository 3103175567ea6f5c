// Nobody learns anything of another's tasks, proved for every route that the app has: a route that this test cannot call fails it.

import { CONSUMER_ROUTES, LEASE_TOKEN_HEADER, type Scope, V1_ROUTES } from '@inference/contracts';
import { newId, systemClock } from '@inference/domain';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import { createLocalNews } from './news/create-local-news.ts';
import { cancelTask } from './services/cancel-task.ts';
import { deleteTask } from './services/delete-task.ts';
import { finishAttempt } from './services/finish-attempt.ts';
import { keepLive } from './services/keep-live.ts';
import { givenKey } from './testing/given-key.ts';
import { routesOf } from './testing/routes-of.ts';
import { servePrivateApi } from './testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, type LiveDeps, succeeded, TESTER, testDeps } from './testing/test-deps.ts';

type Call = { query?: string; headers?: Record<string, string>; body?: string };

const JSON_TYPE = { 'content-type': 'application/json' };
const GETS: Call[] = [{}, { headers: { range: 'bytes=0-1' } }, { headers: { 'if-none-match': '*' } }];

/** How the routes with a task in their address are called, each in every one of these ways. */
const OF_TASKS: Readonly<Record<string, Call[]>> = {
  'GET /api/v1/tasks/:task': [...GETS, { query: 'wait=0' }, { query: 'wait=1' }],
  'GET /api/v1/tasks/:task/explain': GETS,
  'GET /api/v1/tasks/:task/output': GETS,
  'GET /api/v1/tasks/:task/input': GETS,
  'GET /api/v1/tasks/:task/files': GETS,
  'GET /api/v1/tasks/:task/files/*path': GETS,
  'GET /api/v1/tasks/:task/logs': [...GETS, { query: 'stream=stdout&tail=1&attempt=1' }, { headers: { accept: 'application/x-ndjson' } }],
  'GET /api/v1/tasks/:task/events': [...GETS, { headers: { 'last-event-id': '1-1' } }],
  'POST /api/v1/tasks/:task/cancel': [{}],
  'POST /api/v1/tasks/:task/retry': [{}, { headers: { 'idempotency-key': 'same' } }],
  'DELETE /api/v1/tasks/:task': [{}],
  'POST /api/v1/tasks/:task/requeue': [{}],
  'GET /api/tasks/outputs/:uid': [...GETS, { query: 'status=standard' }],
  'DELETE /api/tasks/:uid': [{}, { query: 'status=standard' }],
  'GET /api/tasks/inputs/:uid': GETS,
  'GET /api/tasks/:uid': GETS,
};

/** A lease is what gives a consumer the right to these: one that it does not have opens no task. */
const LEASED: Readonly<Record<string, Call[]>> = Object.fromEntries(
  Object.values(CONSUMER_ROUTES)
    .filter(({ path }) => path.includes(':taskUid'))
    .map(({ method, path }) => {
      const headers = { ...JSON_TYPE, [LEASE_TOKEN_HEADER]: newId() };
      return [`${method} ${path}`, [method === 'GET' ? { headers } : { headers, body: bodyFor(path) }]];
    }),
);

function bodyFor(path: string): string {
  if (path.endsWith('/live')) return JSON.stringify({ pieces: [], progress: null });
  if (path.endsWith('/image')) return JSON.stringify({ image: 'a@sha256:b' });
  const failure = { class: 'model_error', reason: 'r' };
  return JSON.stringify({ outcome: { kind: 'fail', failure }, tails: { stdout: [], stderr: [] } });
}

/** Routes that answer lists of tasks. */
const LISTS = ['GET /api/v1/tasks', 'GET /api/tasks', 'GET /api/v1/gpus'];

/** Routes that speak of no task that there is. Those that make one answer with the new one. */
const OTHERS = [
  ...['GET /docs', 'GET /docs/errors', 'GET /docs/:asset', 'GET /openapi.json', 'GET /openapi/v1.json'],
  ...['POST /api/models', 'GET /api/models', 'GET /api/models/:uid', 'GET /api/models/zips/:uid', 'GET /api/models/human_readable_id/:id'],
  ...['POST /api/tasks', 'POST /api/consumers/:consumerId/hello', 'POST /api/claims'],
  ...['POST /api/v1/models/:model/tasks', 'PUT /api/v1/tasks/:client'],
  ...[
    'GET /api/v1/models',
    'POST /api/v1/models',
    'GET /api/v1/models/:model',
    'GET /api/v1/models/:model/usage',
    'PATCH /api/v1/models/:model',
  ],
  ...['GET /api/v1/consumers', 'DELETE /api/v1/consumers/:consumer', 'GET /api/v1/queue', 'GET /api/v1/me', 'GET /api/v1/audit'],
  ...['POST /api/v1/keys', 'GET /api/v1/keys', 'PATCH /api/v1/keys/:key', 'DELETE /api/v1/keys/:key', 'POST /api/v1/keys/:key/rotate'],
];

const MISSING = [404, 554];
/** What a route does to a task is tried by its owner last. */
const ROUTES_OF_TASKS = Object.entries(OF_TASKS).sort(
  ([one], [other]) => Number(one.startsWith('DELETE')) - Number(other.startsWith('DELETE')),
);

async function setup() {
  const deps = { ...(await testDeps({ legacyAnonymous: true })), clock: systemClock, news: createLocalNews(systemClock) };
  await givenModel(deps);
  const { url } = await servePrivateApi(deps);
  const keyOf = async (owner: string, ...scopes: Scope[]) => ({ authorization: `Bearer ${await givenKey(deps, owner, scopes)}` });
  const call = async (who: Record<string, string>, route: string, uid: string, { query = '', headers, body }: Call = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const filled = path
      .replace(/:(?:task|uid|taskUid)\b/, uid)
      .replace(':attempt', '1')
      .replace('*path', 'out.txt');
    const sent = { connection: 'close', ...who, ...headers };
    const cut = new AbortController();
    const answer = await fetch(`${url}${filled}?${query}`, {
      method,
      headers: sent,
      signal: cut.signal,
      ...(body === undefined ? {} : { body }),
    });
    // An event stream of one's own task has no end.
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const text = isStream ? '' : await answer.text();
    cut.abort();
    return { status: answer.status, seen: seenIn(answer, text, uid), text };
  };
  return { deps, url, keyOf, call };
}

/** All of an answer that somebody could learn from, without what is new in every answer. */
function seenIn(answer: Response, text: string, uid: string) {
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  const plain = (value: string) => value.replaceAll(uid, 'ID').replace(/"request_id":"[^"]+"/, '');
  return { status: answer.status, headers: headers.map(([name, value]) => `${name}: ${plain(value)}`), body: plain(text) };
}

/** One task of the owner's in each state, and deleted, and with its files gone. */
async function tasksOf(deps: LiveDeps, owner: string): Promise<Record<string, string>> {
  const submit = () => givenTask(deps, 'echo', undefined, owner);
  const run = async (end?: 'succeed' | 'fail') => {
    const uid = await submit();
    const attempt = await claimed(deps);
    expect(attempt.taskUid).toBe(uid);
    await keepLive(deps, attempt, { pieces: [{ stream: 'stdout', offset: 0, text: 'a secret of mine\n', open: false }], progress: null });
    const failure = { class: 'model_error', reason: 'a secret of mine' } as const;
    const outcome = end === 'succeed' ? await succeeded(deps, attempt, 'a secret of mine') : ({ kind: 'fail', failure } as const);
    if (end !== undefined) await finishAttempt(deps, attempt, outcome, { stdout: ['a secret of mine'], stderr: [] });
    return uid;
  };
  const [succeededUid, deleted, purged] = [await run('succeed'), await run('succeed'), await run('succeed')];
  const [failed, running, cancelling] = [await run('fail'), await run(), await run()];
  const [cancelled, queued] = [await submit(), await submit()];
  await cancelTask(deps, cancelling, owner, { ...TESTER, owner });
  await cancelTask(deps, cancelled, owner, { ...TESTER, owner });
  await deleteTask(deps, deleted, owner, { ...TESTER, owner });
  await deps.store.markPurged((await deps.db.task.findUniqueOrThrow({ where: { uid: purged } })).id);
  return { succeeded: succeededUid, failed, running, cancelling, cancelled, queued, purged, deleted };
}

/** Everything that calls could change of somebody's tasks. */
async function rowsOf(deps: LiveDeps, owner: string) {
  const rows = await deps.db.task.findMany({ where: { owner }, include: { attempts: true, events: true }, orderBy: { id: 'asc' } });
  return JSON.parse(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))) as unknown;
}

describe('this test', () => {
  it('knows every route of the app and of the contract, and no others', async () => {
    const routes = routesOf(createApp(await testDeps(), { boundToLoopback: false }));
    expect([...Object.keys(OF_TASKS), ...Object.keys(LEASED), ...LISTS, ...OTHERS].sort()).toEqual([...routes].sort());
    const contract = V1_ROUTES.map(({ method, path }) => `${method} ${path.replace('{path}', '*path').replace(/\{(\w+)\}/g, ':$1')}`);
    expect(contract.filter((route) => !routes.includes(route))).toEqual([]);
  });
});

describe('a task of another owner', () => {
  it('answers like one that does not exist, on every route, in every state, and nothing of it changes', async () => {
    const { deps, keyOf, call } = await setup();
    const tasks = await tasksOf(deps, 'ada');
    const before = await rowsOf(deps, 'ada');
    const ben = await keyOf('ben', 'submit', 'read');
    const operator = await keyOf('olga', 'submit', 'read', 'operate');
    const anonymous = { 'x-relay-token': 'relay-token', 'x-caller': 'remote' };
    for (const [route, calls] of Object.entries(OF_TASKS)) {
      // Putting back the tasks of others is what operators are for.
      const callers = route.endsWith('/requeue') ? { ben, anonymous } : { ben, operator, anonymous };
      for (const [who, headers] of Object.entries(callers)) {
        for (const how of calls) {
          const none = await call(headers, route, newId(), how);
          expect([...MISSING, 401, 403], `${who}: ${route}`).toContain(none.status);
          for (const [state, uid] of Object.entries(tasks)) {
            expect((await call(headers, route, uid, how)).seen, `${who}: ${route} of a task that is ${state}`).toEqual(none.seen);
          }
        }
      }
    }
    expect(await rowsOf(deps, 'ada')).toEqual(before);
  }, 180_000);

  it('is there for its owner and for an admin, on each of these routes: so the answers above say something', async () => {
    const { deps, keyOf, call } = await setup();
    const ada = await keyOf('ada', 'submit', 'read', 'operate');
    const admin = await keyOf('root', 'submit', 'read', 'operate', 'admin');
    for (const [who, headers] of Object.entries({ ada, admin })) {
      const tasks = await tasksOf(deps, 'ada');
      for (const [route] of ROUTES_OF_TASKS) {
        const statuses: number[] = [];
        for (const state of ['succeeded', 'failed', 'queued']) {
          statuses.push((await call(headers, route, String(tasks[state]))).status);
          if (!MISSING.includes(statuses.at(-1) ?? 0)) break;
        }
        expect(statuses.filter((status) => status < 500 && !MISSING.includes(status)).length, `${who}: ${route} ${statuses}`).toBe(1);
      }
      // So that the next round claims its own.
      await deps.db.task.deleteMany();
    }
  }, 180_000);

  it('opens to no consumer without its lease', async () => {
    const { deps, keyOf, call } = await setup();
    const tasks = await tasksOf(deps, 'ada');
    const before = await rowsOf(deps, 'ada');
    const consumer = await keyOf('gpu-1', 'consumer');
    for (const [route, calls] of Object.entries(LEASED)) {
      for (const uid of Object.values(tasks)) {
        for (const how of calls) {
          const none = await call(consumer, route, newId(), how);
          expect((await call(consumer, route, uid, how)).seen, route).toEqual(none.seen);
          expect(none.status, route).toBe(409);
        }
      }
    }
    expect(await rowsOf(deps, 'ada')).toEqual(before);
  }, 60_000);

  it('is in no list, whatever is asked for', async () => {
    const { deps, keyOf, call } = await setup();
    await tasksOf(deps, 'ada');
    const ben = await keyOf('ben', 'submit', 'read', 'operate');
    const own = await givenTask(deps, 'echo', undefined, 'ben');
    const states = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'].map((state) => `state=${state}`);
    for (const route of LISTS) {
      for (const query of ['', 'limit=1', 'limit=200', 'model=echo', 'cursor=OTk5OTk5', ...states]) {
        const { status, text } = await call(ben, route, '', { query });
        expect(status, `${route} ${query}`).toBe(200);
        expect(text.match(/[A-Za-z0-9_-]{43}/g) ?? [], `${route} ${query}`).toEqual(text.includes(own) ? [own] : []);
        expect(text).not.toContain('"ada"');
      }
    }
    expect((await call(ben, 'GET /api/v1/tasks', '', { query: 'state=succeeded' })).text).toBe('{"items":[],"next_cursor":null}');
  });

  it('is nowhere in what the other routes answer: neither its id, nor its owner, nor its labels', async () => {
    const { deps, keyOf, call } = await setup();
    const owner = 'ada-lovelace';
    const tasks = await tasksOf(deps, owner);
    await deps.db.task.updateMany({ where: { owner }, data: { labels: { study: 'analytical-engine' } } });
    const hers = await givenKey(deps, owner, ['submit', 'read']);
    const secrets = [owner, 'analytical-engine', ...Object.values(tasks)];
    const names: Readonly<Record<string, string>> = {
      ...{ model: 'echo', id: 'echo', uid: (await deps.db.model.findFirstOrThrow()).uid, client: 'hers', asset: 'swagger-ui.css' },
      ...{ key: hers.slice('isk_'.length, 'isk_'.length + 8), consumerId: 'hers-1' },
    };
    const ask = async (who: Record<string, string>, route: string) => {
      const filled = route.replace(/:(\w+)/g, (_whole, name: string) => names[name] ?? name);
      const answers = [await call(who, filled, ''), await call(who, filled, '', { query: 'limit=200&model=echo' })];
      if (!route.startsWith('GET')) answers.push(await call(who, filled, '', { headers: JSON_TYPE, body: '{}' }));
      return answers;
    };
    const callers = { user: await keyOf('ben', 'submit', 'read'), operator: await keyOf('olga', 'submit', 'read', 'operate') };
    const served: Record<string, number> = {};
    for (const [who, headers] of Object.entries(callers)) {
      for (const route of OTHERS) {
        for (const { status, text, seen } of await ask(headers, route)) {
          const all = `${text} ${seen.headers.join(' ')}`;
          expect(
            secrets.filter((secret) => all.includes(secret)),
            `${who}: ${route}`,
          ).toEqual([]);
          if (status === 200) served[route] = (served[route] ?? 0) + 1;
        }
      }
    }
    for (const what of ['me', 'consumers', 'queue', 'models']) expect(Object.keys(served), what).toContain(`GET /api/v1/${what}`);
    // An admin is told who has which key: so the answers above say something.
    const admin = await keyOf('root', 'admin');
    expect((await ask(admin, 'GET /api/v1/keys'))[0]?.text).toContain(owner);
  }, 60_000);

  it("has names of its own: the same Idempotency-Key and client's id under another key is another task", async () => {
    const { keyOf, url } = await setup();
    const [ada, ben] = [await keyOf('ada', 'submit', 'read'), await keyOf('ben', 'submit', 'read')];
    // The same file packed a moment later is another zip.
    const zips = { one: await zipOf({ 'in.txt': 'one' }), two: await zipOf({ 'in.txt': 'two' }) };
    const send = async (who: Record<string, string>, method: string, path: string, content: keyof typeof zips) => {
      const headers = { ...who, 'content-type': 'application/zip', 'idempotency-key': 'same' };
      const answer = await fetch(`${url}${path}`, { method, headers, body: new Uint8Array(zips[content]) });
      return { status: answer.status, id: ((await answer.json()) as { id?: string }).id };
    };
    for (const [method, path] of [
      ['POST', '/api/v1/models/echo/tasks'],
      ['PUT', '/api/v1/tasks/my-task?model=echo'],
    ] as const) {
      const hers = await send(ada, method, path, 'one');
      const [his, other] = [await send(ben, method, path, 'one'), await send(ben, method, path, 'two')];
      expect([hers.status, his.status, other.status]).toEqual([202, 202, 409]);
      expect(his.id).not.toBe(hers.id);
      expect((await send(ada, method, path, 'one')).id).toBe(hers.id);
    }
  });

  it('of callers without a key is reached by all of them, and by no key', async () => {
    const { deps, keyOf, call } = await setup();
    const uid = await givenTask(deps, 'echo', undefined, 'anonymous');
    const anonymous = { 'x-relay-token': 'relay-token', 'x-caller': 'remote' };
    expect((await call(anonymous, 'GET /api/tasks/outputs/:uid', uid)).status).toBe(551);
    const ben = await keyOf('ben', 'submit', 'read');
    expect((await call(ben, 'GET /api/tasks/outputs/:uid', uid)).status).toBe(554);
    expect((await call(ben, 'DELETE /api/tasks/:uid', uid)).status).toBe(554);
    expect((await call(anonymous, 'DELETE /api/tasks/:uid', uid)).status).toBe(200);
  });
});

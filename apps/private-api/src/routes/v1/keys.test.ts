import { SCOPES } from '@inference/contracts';
import { newId } from '@inference/domain';
import { createLog } from '@inference/service';
import { until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { AUDIT_KEPT_DAYS, deleteOldAudit } from '../../loops/delete-old-audit.ts';
import { finishAttempt } from '../../services/finish-attempt.ts';
import { givenKey } from '../../testing/given-key.ts';
import { CONSUMER_KEY } from '../../testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../../testing/v1-client.ts';

type Shown = { prefix: string; secret: string };
type Entry = { actor: string; key: string | null; action: string; subject: string; detail: object; request_id: string | null };

async function setup(settings = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line: string) => void lines.push(line) } });
  const made = await testDeps({ adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY, legacyAnonymous: true, ...settings });
  const deps = { ...made, log };
  await givenModel(deps);
  const client = await v1Client(deps);
  const json = (path: string, body: unknown, method = 'POST', key = ADMIN_KEY) =>
    client.ask(path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    });
  const as = (key: string, path: string, init: RequestInit = {}) =>
    client.ask(path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` } });
  const makeKey = async (more: object = {}) =>
    (await json('/keys', { owner: 'ada', name: 'laptop', scopes: ['submit', 'read'], ...more })).json<Shown>();
  const audit = async () => (await client.ask('/audit?limit=200')).json<{ items: Entry[] }>().items;
  return { ...client, deps, lines, json, as, makeKey, audit };
}

const codeOf = (reply: { json<T>(): T }) => reply.json<{ code: string }>().code;
const ZIP = await zipOf({ 'in.txt': 'hello' });
const zipPost = { method: 'POST', body: new Uint8Array(ZIP), headers: { 'content-type': 'application/zip' } };

describe('a key', () => {
  it('is made by an admin, and its secret is shown in that answer only', async () => {
    const { json, ask, as, lines, audit } = await setup();
    const wanted = { owner: 'ada', name: 'laptop', scopes: ['submit', 'read', 'read'], expires_at: '9999-12-31T00:00:00+23:00' };
    const reply = await json('/keys', { ...wanted, limits: { queued_tasks: 3 } });
    expect(reply.status).toBe(201);
    const { secret, ...key } = reply.json<Shown>();
    expect(secret).toMatch(/^isk_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/);
    expect(secret.slice(4, 12)).toBe(key.prefix);
    expect(reply.headers.get('location')).toBe(`/api/v1/keys/${key.prefix}`);
    expect(key).toMatchObject({
      owner: 'ada',
      scopes: ['submit', 'read'],
      created_by: 'admin',
      expires_at: '9999-12-30T01:00:00.000Z',
      last_used_at: null,
    });
    expect((await ask('/keys')).json<{ items: object[] }>().items).toEqual([key]);
    const limits = { requests_per_minute: null, upload_bytes: null, queued_tasks: 3, running_tasks: null };
    const me = {
      owner: 'ada',
      key: key.prefix,
      name: 'laptop',
      scopes: ['submit', 'read'],
      limits,
      expires_at: '9999-12-30T01:00:00.000Z',
    };
    expect((await as(secret, '/me')).json<object>()).toEqual(me);
    await as(secret, '/tasks');
    await as(`${secret.slice(0, -1)}!`, '/tasks');
    await until('the request lines', () => lines.filter((line) => line.includes('"request"')).length >= 5);
    const random = secret.slice('isk_12345678_'.length);
    for (const text of [...lines, JSON.stringify(await audit())]) expect(text).not.toContain(random);
  });

  it('is refused with what is wrong with it', async () => {
    const { json } = await setup();
    const good = { owner: 'ada', name: 'laptop', scopes: ['read'] };
    const wrong: [more: object, pointer: string][] = [
      [{ owner: 'admin' }, '/body/owner'],
      [{ owner: 'Anonymous' }, '/body/owner'],
      [{ owner: 'a b' }, '/body/owner'],
      [{ owner: 'x'.repeat(65) }, '/body/owner'],
      [{ name: '' }, '/body/name'],
      [{ scopes: [] }, '/body/scopes'],
      [{ scopes: ['root'] }, '/body/scopes/0'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, '/body/expires_at'],
      [{ expires_at: '0000-01-01T00:00:00+23:59' }, '/body/expires_at'],
      [{ expires_at: 'tomorrow' }, '/body/expires_at'],
      [{ limits: { queued_tasks: 0 } }, '/body/limits/queued_tasks'],
      [{ limits: { upload: 1 } }, '/body/limits'],
    ];
    for (const [more, pointer] of wrong) {
      const reply = await json('/keys', { ...good, ...more });
      expect(reply.status, pointer).toBe(422);
      expect(reply.json<{ errors: object[] }>().errors, JSON.stringify(more)).toEqual([{ pointer, message: expect.any(String) }]);
    }
  });

  it('opens nothing once it is revoked, on this server at once', async () => {
    const { ask, as, makeKey } = await setup();
    const { prefix, secret } = await makeKey();
    expect((await as(secret, '/tasks')).status).toBe(200);
    for (let n = 0; n < 2; n++) expect((await ask(`/keys/${prefix}`, { method: 'DELETE' })).status).toBe(204);
    expect((await as(secret, '/tasks')).status).toBe(401);
    for (const none of ['aaaaaaaa', 'x', '%2e%2e']) expect((await ask(`/keys/${none}`, { method: 'DELETE' })).status, none).toBe(404);
  });

  it('can be changed: what is left out stays, and its secret too', async () => {
    const { as, ask, json, makeKey, audit } = await setup();
    const { prefix, secret, ...made } = await makeKey({ limits: { queued_tasks: 3, upload_bytes: 4 }, expires_at: '2100-01-01T00:00:00Z' });
    const change = async (wanted: object) => (await json(`/keys/${prefix}`, wanted, 'PATCH')).json<object>();
    expect(await change({ name: 'other' })).toMatchObject({ ...made, last_used_at: null, name: 'other', limits: { queued_tasks: 3 } });
    expect((await as(secret, '/tasks')).status).toBe(200);
    const more = { scopes: ['submit', 'submit'], limits: { queued_tasks: 9, upload_bytes: null }, expires_at: null };
    const limits = { queued_tasks: 9, upload_bytes: null, requests_per_minute: null };
    expect(await change(more)).toMatchObject({ name: 'other', scopes: ['submit'], limits, expires_at: null });
    expect((await as(secret, '/tasks')).status).toBe(403);
    expect((await as(secret, '/me')).json<object>()).toMatchObject({ key: prefix, name: 'other', scopes: ['submit'], limits });
    expect(await change({ expires_at: '2090-01-01T00:00:00+01:00' })).toMatchObject({
      scopes: ['submit'],
      limits,
      expires_at: '2089-12-31T23:00:00.000Z',
    });
    expect((await ask('/keys')).json<{ items: object[] }>().items).toMatchObject([{ prefix, expires_at: '2089-12-31T23:00:00.000Z' }]);
    const told = (await audit()).filter(({ action }) => action === 'key.changed');
    expect(told.map(({ subject, detail }) => [subject, detail])).toEqual([
      [prefix, { expires_at: '2090-01-01T00:00:00+01:00' }],
      [prefix, more],
      [prefix, { name: 'other' }],
    ]);
  });

  it('is not changed to what no key may be, nor once it has ended, and keeps what two admins change at the same time', async () => {
    const { ask, json, makeKey, deps, audit } = await setup();
    const { prefix } = await makeKey();
    const change = (wanted: object, to = prefix) => json(`/keys/${to}`, wanted, 'PATCH');
    const wrong = [{}, { owner: 'ben' }, { name: '' }, { name: null }, { scopes: [] }, { limits: { queued_tasks: 0 } }];
    for (const wanted of [...wrong, { expires_at: '2020-01-01T00:00:00Z' }]) {
      expect(codeOf(await change(wanted)), JSON.stringify(wanted)).toBe('invalid_request');
    }
    expect(codeOf(await change({ name: 'x' }, 'aaaaaaaa'))).toBe('key_not_found');
    await Promise.all([change({ name: 'both' }), change({ limits: { queued_tasks: 7 } }), change({ limits: { upload_bytes: 8 } })]);
    const [both] = (await ask('/keys')).json<{ items: object[] }>().items;
    expect(both).toMatchObject({ name: 'both', limits: { queued_tasks: 7, upload_bytes: 8 } });
    const expired = await makeKey();
    await deps.db.$executeRaw`UPDATE api_key SET expires_at = now() WHERE prefix = ${expired.prefix}`;
    await ask(`/keys/${prefix}`, { method: 'DELETE' });
    for (const ended of [prefix, expired.prefix]) expect(codeOf(await change({ expires_at: null }, ended))).toBe('key_ended');
    expect((await audit()).filter(({ action }) => action === 'key.changed')).toHaveLength(3);
  });

  it('has a new secret after a rotation, and the old one for the grace only', async () => {
    const { ask, as, json, makeKey, deps } = await setup();
    const first = await makeKey();
    const second = (await json(`/keys/${first.prefix}/rotate`, { grace_seconds: 60 })).json<Shown>();
    expect(second).toMatchObject({ prefix: first.prefix, owner: 'ada', old_secret_until: expect.any(String) });
    for (const { secret } of [first, second]) expect((await as(secret, '/me')).status).toBe(200);
    deps.clock.advance(60_000);
    await deps.db.$executeRaw`UPDATE api_key SET old_until = now()`;
    expect((await as(first.secret, '/me')).status).toBe(401);
    const third = (await json(`/keys/${first.prefix}/rotate`, { grace_seconds: 0 })).json<Shown>();
    expect([(await as(second.secret, '/me')).status, (await as(third.secret, '/me')).status]).toEqual([401, 200]);
    expect(codeOf(await json(`/keys/${first.prefix}/rotate`, { grace_seconds: 30 * 86_400 + 1 }))).toBe('invalid_request');
    expect(codeOf(await json('/keys/aaaaaaaa/rotate', {}))).toBe('key_not_found');
    await ask(`/keys/${first.prefix}`, { method: 'DELETE' });
    expect(codeOf(await json(`/keys/${first.prefix}/rotate`, {}))).toBe('key_ended');
  });

  it('works for a day after a rotation that does not say how long', async () => {
    const { json, makeKey } = await setup();
    const { prefix } = await makeKey();
    const { old_secret_until } = (await json(`/keys/${prefix}/rotate`, {})).json<{ old_secret_until: string }>();
    expect(Math.abs(Date.parse(old_secret_until) - Date.now() - 86_400_000)).toBeLessThan(600_000);
  });

  it("of a consumer speaks for it alone: another owner's neither greets, claims nor ends its attempts, until it is forgotten or silent", async () => {
    const { deps, ask, json, makeKey, url, audit } = await setup();
    const made = [await makeKey({ owner: 'gpu-1', scopes: ['consumer'] }), await makeKey({ owner: 'gpu-2', scopes: ['consumer'] })];
    const [one, two] = made.map(({ secret }) => secret);
    const send = async (key: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const reply = await fetch(`${url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: reply.status, text: await reply.text() };
    };
    const hello = async (key = '', bootId = 'b1') =>
      await send(key, 'consumers/gpu-1/hello', { bootId, pools: ['docker-cpu'], gpus: 0, trouble: {} });
    const claim = async (key = '') =>
      (await send(key, 'claims', { claimId: newId(), consumerId: 'gpu-1', bootId: 'b1', pools: ['docker-cpu'] })).status;
    const [first, second] = [await givenTask(deps), await givenTask(deps)];
    expect([(await hello(one)).status, await claim(one)]).toEqual([200, 200]);
    const refused = await hello(two, 'b2');
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('DELETE /api/v1/consumers/gpu-1')]);
    expect([(await hello(CONSUMER_KEY, 'b2')).status, await claim(two), await claim(CONSUMER_KEY)]).toEqual([403, 403, 403]);
    const states = await deps.db.task.findMany({ where: { uid: { in: [first, second] } }, orderBy: { id: 'asc' } });
    expect(states.map(({ state }) => state)).toEqual(['running', 'queued']);
    // It belongs to the owner, not to the secret.
    const { secret: rotated } = (await json(`/keys/${made[0]?.prefix}/rotate`, {})).json<{ secret: string }>();
    expect((await hello(rotated)).status).toBe(200);
    expect((await ask('/consumers/gpu-1', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/consumers/gpu-1', { method: 'DELETE' })).status).toBe(404);
    expect([(await hello(two)).status, (await hello(rotated)).status]).toEqual([200, 403]);
    await deps.db.$executeRaw`UPDATE consumer SET seen_at = now() - interval '25 hours'`;
    expect([(await hello(rotated)).status, (await hello(two)).status]).toEqual([200, 403]);
    const forgotten = (await audit()).filter(({ action }) => action === 'consumer.forgotten');
    expect(forgotten).toMatchObject([{ subject: 'gpu-1', detail: { owner: 'gpu-1' } }]);
  });

  it('of a consumer lets it claim, and can be revoked without touching the others', async () => {
    const { ask, as, makeKey, url } = await setup();
    const { prefix, secret } = await makeKey({ owner: 'gpu-1', name: 'rack 3', scopes: ['consumer'] });
    const claim = async (key: string) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const body = JSON.stringify({ claimId: 'c'.repeat(43), consumerId: 'gpu-1', bootId: 'b1', pools: ['docker-cpu'] });
      return (await fetch(`${url}/api/claims`, { method: 'POST', headers, body })).status;
    };
    expect([await claim(secret), await claim(CONSUMER_KEY), (await as(secret, '/tasks')).status]).toEqual([204, 204, 403]);
    await ask(`/keys/${prefix}`, { method: 'DELETE' });
    expect([await claim(secret), await claim(CONSUMER_KEY)]).toEqual([401, 204]);
  });

  it('is not asked of the database for configured keys: reading a task stays one statement', async () => {
    const { deps } = await setup();
    let statements = 0;
    const counted = new Proxy(deps.store, {
      get: (target, name) => {
        statements += 1;
        return Reflect.get(target, name);
      },
    });
    const { as } = { as: (await v1Client({ ...deps, store: counted })).ask };
    const uid = await givenTask(deps, 'echo', undefined, 'ada');
    await claimed(deps);
    const read = async (key: string) => {
      const before = statements;
      expect((await as(`/tasks/${uid}`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
      return statements - before;
    };
    const key = await givenKey(deps, 'ada', ['read']);
    expect(await read(ADMIN_KEY)).toBe(1);
    // Looked up, and its use noted; then remembered.
    expect(await read(key)).toBe(3);
    expect(await read(key)).toBe(1);
  });
});

describe('the limits of a key', () => {
  it('hold its requests to so many a minute, with Retry-After', async () => {
    const { as, makeKey, deps, url } = await setup();
    const { secret } = await makeKey({ limits: { requests_per_minute: 3 } });
    for (let n = 0; n < 3; n++) expect((await as(secret, '/me')).status).toBe(200);
    const refused = await as(secret, '/me');
    expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([429, 'too_many_requests', '20']);
    const legacy = await fetch(`${url}/api/models`, { headers: { authorization: `Bearer ${secret}` } });
    expect([legacy.status, legacy.headers.get('retry-after')]).toEqual([429, '20']);
    deps.clock.advance(20_000);
    expect((await as(secret, '/me')).status).toBe(200);
  });

  it('refuse a larger upload, by its announced length or once so much has come, and name the limit', async () => {
    const { as, makeKey, url, deps } = await setup();
    const { secret } = await makeKey({ limits: { upload_bytes: ZIP.length } });
    expect((await as(secret, '/models/echo/tasks', zipPost)).status).toBe(202);
    const large = new Uint8Array(ZIP.length + 1);
    const inChunks = { body: new Blob([large]).stream(), duplex: 'half' } as RequestInit;
    for (const body of [{ body: large }, inChunks]) {
      const refused = await as(secret, '/models/echo/tasks', { ...zipPost, ...body });
      expect([refused.status, codeOf(refused)]).toEqual([413, 'upload_too_large']);
      expect(refused.json<{ detail: string }>().detail).toContain(`This key may upload ${ZIP.length} bytes`);
    }
    const form = new FormData();
    form.append('zip_file', new Blob([large]), 'in.zip');
    const legacy = await fetch(`${url}/api/tasks?model_human_readable_id=echo`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${secret}` },
    });
    expect([legacy.status, (await legacy.json()) as object]).toEqual([
      413,
      { code: 'upload_too_large', detail: expect.stringContaining('This key') },
    ]);
    expect(await deps.files.sweep(-60_000, async (keys) => new Set(keys.slice(0, 1)))).toBe(0);
  });

  it('count the zip and not what is around it in a multipart body, announced or in chunks, and refuse one byte more with the same problem', async () => {
    const { as, makeKey } = await setup();
    const { secret } = await makeKey({ limits: { upload_bytes: ZIP.length } });
    const problems: object[] = [];
    for (const inChunks of [false, true]) {
      const send = async (zip: Uint8Array<ArrayBuffer>) => {
        const form = new FormData();
        form.append('input', new Blob([zip]), 'in.zip');
        const whole = new Request('http://any/', { method: 'POST', body: form });
        const headers = { 'content-type': whole.headers.get('content-type') ?? '' };
        const body = new Uint8Array(await whole.arrayBuffer());
        const framed = inChunks ? ({ body: new Blob([body]).stream(), duplex: 'half' } as RequestInit) : { body };
        return as(secret, '/models/echo/tasks', { method: 'POST', headers, ...framed });
      };
      expect((await send(new Uint8Array(ZIP))).status).toBe(202);
      const refused = await send(new Uint8Array(ZIP.length + 1));
      const { request_id: _id, ...problem } = refused.json<Record<string, unknown>>();
      problems.push(problem);
    }
    expect(problems[0]).toMatchObject({ status: 413, code: 'upload_too_large' });
    expect(problems[1]).toEqual(problems[0]);
  });

  it('let so many tasks of its owner wait and not one more, however many come at the same time', async () => {
    const { as, makeKey, deps } = await setup();
    const { secret } = await makeKey({ limits: { queued_tasks: 3 } });
    const replies = await Promise.all(Array.from({ length: 12 }, () => as(secret, '/models/echo/tasks', zipPost)));
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 202, 202, ...Array.from({ length: 9 }, () => 429)]);
    const refused = await as(secret, '/models/echo/tasks', zipPost);
    expect([codeOf(refused), refused.headers.get('retry-after')]).toEqual(['too_many_queued_tasks', '10']);
    expect(await deps.db.task.count()).toBe(3);
    // Of what was refused, no file is left.
    const kept = new Set((await deps.db.task.findMany()).map(({ inputKey }) => inputKey));
    expect(await deps.files.sweep(-60_000, async () => kept)).toBe(0);
    await claimed(deps);
    expect((await as(secret, '/models/echo/tasks', zipPost)).status).toBe(202);
  });

  it('still answer a task that is sent again under its name when no more may wait', async () => {
    const { as, makeKey } = await setup();
    const { secret } = await makeKey({ limits: { queued_tasks: 1 } });
    const again = { ...zipPost, headers: { ...zipPost.headers, 'idempotency-key': 'one' } };
    const [one, two] = [await as(secret, '/models/echo/tasks', again), await as(secret, '/models/echo/tasks', again)];
    expect([one.status, two.status]).toEqual([202, 202]);
    expect(one.json().id).toBe(two.json().id);
  });
});

describe('the audit', () => {
  it('tells who did what, newest first, page by page', async () => {
    const { deps, ask, as, json, makeKey, audit } = await setup();
    const admin = await makeKey({ owner: 'root', scopes: [...SCOPES] });
    await json('/models', { id: 'seg', image: 'lab/seg:1', gpu: false }, 'POST', admin.secret);
    for (const change of [{ description: 'x' }, { disabled: true }, { disabled: false }]) {
      await json('/models/seg', change, 'PATCH', admin.secret);
    }
    const [task, own] = [await givenTask(deps, 'echo', undefined, 'ada'), await givenTask(deps, 'echo', undefined, 'root')];
    await as(admin.secret, `/tasks/${task}/cancel`, { method: 'POST' });
    await as(admin.secret, `/tasks/${task}/requeue`, { method: 'POST' });
    for (const uid of [task, own]) await as(admin.secret, `/tasks/${uid}`, { method: 'DELETE' });
    await json(`/keys/${admin.prefix}/rotate`, {}, 'POST', admin.secret);
    await ask(`/keys/${admin.prefix}`, { method: 'DELETE' });
    const entries = await audit();
    expect(entries.map(({ action, subject }) => `${action} ${subject}`).reverse()).toEqual([
      'model.registered echo',
      `key.made ${admin.prefix}`,
      'model.registered seg',
      'model.changed seg',
      'model.disabled seg',
      'model.enabled seg',
      `task.cancelled ${task}`,
      `task.requeued ${task}`,
      `task.deleted ${task}`,
      `key.rotated ${admin.prefix}`,
      `key.revoked ${admin.prefix}`,
    ]);
    expect(entries.find(({ action }) => action === 'task.deleted')).toMatchObject({
      actor: 'root',
      key: admin.prefix,
      detail: { owner: 'ada' },
    });
    expect(entries.find(({ action }) => action === 'key.revoked')).toMatchObject({
      actor: 'admin',
      key: null,
      request_id: expect.any(String),
    });
    const paged: string[] = [];
    for (let path: string | null = '/audit?limit=3'; path !== null; ) {
      const page: { items: Entry[]; next_cursor: string | null } = (await ask(path)).json();
      paged.push(...page.items.map(({ action }) => action));
      path = page.next_cursor === null ? null : `/audit?limit=3&cursor=${page.next_cursor}`;
    }
    expect(paged).toEqual(entries.map(({ action }) => action));
  });

  it('tells who else reads a task or runs it once more, once an hour for each part, and nothing of its owner', async () => {
    const { deps, as, url, audit } = await setup();
    const admin = await givenKey(deps, 'root', SCOPES);
    const ada = await givenKey(deps, 'ada', ['submit', 'read']);
    const uid = await givenTask(deps, 'echo', undefined, 'ada');
    const attempt = await claimed(deps);
    await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
    const parts = ['input', 'output', 'files', 'files/out.txt', 'logs', 'events'];
    for (const key of [ada, admin, admin]) {
      for (const part of parts) expect((await as(key, `/tasks/${uid}/${part}`)).status, part).toBe(200);
      const legacy = await fetch(`${url}/api/tasks/outputs/${uid}`, { headers: { authorization: `Bearer ${key}` } });
      expect([legacy.status, (await legacy.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
    }
    const reads = async () =>
      (await audit()).flatMap(({ action, actor, subject, detail }) =>
        action.startsWith('task.') ? [{ action, actor, subject, detail }] : [],
      );
    const read = (part: string) => ({ action: 'task.read', actor: 'root', subject: uid, detail: { owner: 'ada', part } });
    expect((await reads()).reverse()).toEqual(['input', 'output', 'log'].map(read));
    await deps.db.$executeRaw`UPDATE audit SET at = at - interval '61 minutes'`;
    await as(admin, `/tasks/${uid}/output`);
    expect((await reads())[0]).toEqual(read('output'));
    expect(await reads()).toHaveLength(4);
    const [own, hers] = [
      await as(ada, `/tasks/${uid}/retry`, { method: 'POST' }),
      await as(admin, `/tasks/${uid}/retry`, { method: 'POST' }),
    ];
    expect([own.status, hers.status]).toEqual([202, 202]);
    const [retried, ...before] = await reads();
    expect(retried).toEqual({ action: 'task.retried', actor: 'root', subject: uid, detail: { owner: 'ada', task: hers.json().id } });
    expect(before).toHaveLength(4);
  });

  it('tells nothing of what did not happen', async () => {
    const { ask, json, audit } = await setup();
    await json('/models', { id: 'echo', image: 'lab/echo:1' });
    await json('/models/none', { disabled: true }, 'PATCH');
    await ask('/keys/aaaaaaaa', { method: 'DELETE' });
    expect((await audit()).map(({ action }) => action)).toEqual(['model.registered']);
  });

  it('notes refused keys, once a minute for an address', async () => {
    const { as, deps, audit } = await setup();
    const refused = async () => (await audit()).filter(({ action }) => action === 'key.refused');
    for (let n = 0; n < 5; n++) await as(`isk_aaaaaaaa_${'x'.repeat(43)}`, '/me');
    expect(await until('the note', async () => ((await refused()).length > 0 ? await refused() : null))).toMatchObject([
      { actor: '', key: null, subject: '127.0.0.1', detail: { prefix: 'aaaaaaaa' } },
    ]);
    deps.clock.advance(60_000);
    await as('wrong', '/me');
    await until('the next note', async () => (await refused()).length === 2);
  });

  it('is kept for 400 days', async () => {
    const { deps, makeKey, audit } = await setup();
    await makeKey();
    await deps.db.$executeRaw`
      UPDATE audit SET at = now() - make_interval(days => ${AUDIT_KEPT_DAYS}::int, secs => CASE action WHEN 'key.made' THEN 10 ELSE -600 END)`;
    await deleteOldAudit(deps).runOnce();
    expect((await audit()).map(({ action }) => action)).toEqual(['model.registered']);
  });
});

import { Readable } from 'node:stream';
import { modelChangeSchema, V1_ROUTES } from '@inference/contracts';
import { until, zipOf } from '@inference/testing';
import type { Express } from 'express';
import { describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import { finishAttempt } from '../services/finish-attempt.ts';
import { greetConsumer } from '../services/greet-consumer.ts';
import { putOutput } from '../services/put-output.ts';
import { SERVER } from '../store/audit-store.ts';
import { CONSUMER_KEY } from '../testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

type Layer = { route?: { path: string; stack: { method?: string }[] } };

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY, consumerKey: CONSUMER_KEY, legacyAnonymous: true });
  return { deps, ...(await v1Client(deps)) };
}

const json = (body: unknown, method = 'POST') => ({ method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
const codeOf = (reply: { json<T>(): T }) => reply.json<{ code: string }>().code;

describe('the routes of /api/v1', () => {
  it('in the app are those of the contract, and the other way round', async () => {
    const app = createApp(await testDeps(), { boundToLoopback: false }) as Express & { router: { stack: Layer[] } };
    const mounted = app.router.stack.flatMap(({ route }) => (route === undefined ? [] : [route]));
    const own = mounted
      .filter(({ path }) => path.startsWith('/api/v1'))
      .map(({ path, stack }) => `${stack[0]?.method?.toUpperCase()} ${path.replace('*path', '{path}').replace(/:(\w+)/g, '{$1}')}`);
    expect(own.sort()).toEqual(V1_ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('refuse with a problem: unknown addresses, other methods, no key, and a key without the scope', async () => {
    const { ask, url } = await setup();
    const problems = [
      [await ask('/none'), 404, 'not_found'],
      [await ask(''), 404, 'not_found'],
      [await ask('/tasks/%ff'), 400, 'bad_request'],
      [await ask('/queue', { method: 'DELETE' }), 405, 'method_not_allowed'],
      [await ask('/queue', { headers: { authorization: 'Bearer wrong' } }), 401, 'unauthorized'],
      [await ask('/queue', { headers: { authorization: `Bearer ${CONSUMER_KEY}` } }), 403, 'forbidden'],
      [await ask('/models', json({ image: 7 })), 422, 'invalid_request'],
      [await ask('/models', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }), 400, 'bad_request'],
      [await ask('/models', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }), 415, 'unsupported_media_type'],
      [await ask('/models', json({ id: 'x'.repeat(70_000) })), 413, 'message_too_large'],
    ] as const;
    for (const [reply, status, code] of problems) {
      expect([reply.status, codeOf(reply)]).toEqual([status, code]);
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(reply.json()).toMatchObject({ type: `/docs/errors#${code}`, status, instance: expect.stringContaining('/api/v1') });
    }
    expect(problems[3]?.[0].headers.get('allow')).toBe('GET, HEAD');
    expect(problems[4]?.[0].headers.get('www-authenticate')).toBe('Bearer');
    expect((await (await fetch(`${url}/docs/errors`)).text()).match(/<h2 id="zip_link">/)).not.toBeNull();
    expect((await (await fetch(`${url}/api/none`)).json()) as object).toEqual({ detail: expect.any(String), code: 'not_found' });
  });

  it('take nobody without a key, who comes through the relay, even where legacy clients need none', async () => {
    const { url } = await setup();
    const relayed = { connection: 'close', 'x-relay-token': 'relay-token', 'x-caller': 'remote' };
    expect((await fetch(`${url}/api/models`, { headers: relayed })).status).toBe(200);
    expect((await fetch(`${url}/api/v1/models`, { headers: relayed })).status).toBe(401);
  });
});

describe('models', () => {
  it('are registered, found, listed and changed', async () => {
    const { ask } = await setup();
    const made = await ask('/models', json({ id: 'seg', image: 'lab/seg:1', gpu: false, limits: { time_limit_seconds: 60 } }));
    expect([made.status, made.headers.get('location')]).toEqual([201, '/api/v1/models/seg']);
    expect(codeOf(await ask('/models', json({ id: 'seg', image: 'lab/seg:1' })))).toBe('model_exists');
    const change = modelChangeSchema.parse({ description: 'Segments.', limits: { pids_max: 99 }, disabled: true });
    const changed = (await ask('/models/seg', json(change, 'PATCH'))).json<object>();
    expect(changed).toMatchObject({ description: 'Segments.', disabled: true, limits: { pids_max: 99, time_limit_seconds: 60 } });
    expect((await ask('/models/seg', json({ disabled: false }, 'PATCH'))).json<object>()).toEqual({ ...changed, disabled: false });
    expect((await ask('/models/seg')).json<object>()).toEqual({ ...changed, disabled: false });
    expect((await ask('/models')).json<{ items: object[] }>().items).toEqual([{ ...changed, disabled: false }]);
    for (const body of [{}, { id: 'other' }, { limits: { memory_bytes: 1 } }])
      expect(codeOf(await ask('/models/seg', json(body, 'PATCH')))).toBe('invalid_request');
    expect(codeOf(await ask('/models/none', json({ disabled: true }, 'PATCH')))).toBe('model_not_found');
  });

  it('may say when they hang and how often they are tried again, here and by the legacy route, and may take it back', async () => {
    const { ask, url } = await setup();
    const limits = { hang_seconds: 60 };
    const made = await ask('/models', json({ id: 'seg', image: 'lab/seg:1', limits, retries: 5 }));
    expect(made.json<object>()).toMatchObject({ limits: { ...limits, time_limit_seconds: 86_400 }, retries: 5 });
    const kept = await ask('/models/seg', json({ limits: { pids_max: 99 } }, 'PATCH'));
    expect(kept.json<object>()).toMatchObject({ limits: { ...limits, pids_max: 99 }, retries: 5 });
    const taken = await ask('/models/seg', json({ limits: { hang_seconds: null }, retries: 0 }, 'PATCH'));
    expect(taken.json<object>()).toMatchObject({ limits: { hang_seconds: null, pids_max: 99 }, retries: 0 });
    const query = 'human_readable_id=old&container_tag=lab/old:1&use_gpu=false&hang_seconds=10&retries=1';
    const register = (words: string) =>
      fetch(`${url}/api/models/?${words}`, { method: 'POST', headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    expect((await register(query)).status).toBe(200);
    expect((await ask('/models/old')).json<object>()).toMatchObject({ limits: { hang_seconds: 10 }, retries: 1 });
    for (const body of [{ retries: 6 }, { retries: -1 }, { limits: { hang_seconds: 9 } }])
      expect(codeOf(await ask('/models/seg', json(body, 'PATCH')))).toBe('invalid_request');
    expect((await register(query.replace('=10', '=9').replace('=old', '=new'))).status).toBe(422);
  });

  it('are registered with a zip of static files, and leave none when they are refused', async () => {
    const { deps, post, ask } = await setup();
    const zip = new Uint8Array(await zipOf({ 'weights.bin': 'w' }));
    const send = (model: object) => {
      const form = new FormData();
      form.append('model', JSON.stringify(model));
      form.append('files', new Blob([zip]), 'weights.zip');
      return post('/models', form);
    };
    expect((await send({ id: 'seg', image: 'lab/seg:1' })).json<{ files: object }>().files).toMatchObject({ bytes: zip.length });
    expect(codeOf(await send({ id: 'seg' }))).toBe('invalid_request');
    expect(codeOf(await send({ id: 'seg', image: 'lab/seg:1' }))).toBe('model_exists');
    expect((await ask('/models/seg')).status).toBe(200);
    expect(await deps.files.sweep(-60_000, async (keys) => new Set(keys.slice(0, 1)))).toBe(0);
  });
});

describe('a model that is registered with a sample', () => {
  async function registering() {
    const made = await setup();
    const { deps, post } = made;
    const register = async (files: Record<string, string> | 'broken', wait: number, id = 'seg') => {
      const form = new FormData();
      form.append('model', JSON.stringify({ id, image: 'lab/seg:1' }));
      form.append('sample', new Blob([files === 'broken' ? 'no zip' : new Uint8Array(await zipOf(files))]), 'sample.zip');
      return post('/models', form, { prefer: `wait=${wait}` });
    };
    /** Runs the trial to its end, with what the model writes. */
    const runTrial = async (files: Record<string, string>) => {
      const attempt = await until('the trial', () => claimed(deps).catch(() => null));
      const output = await putOutput(deps, attempt, Readable.from([await zipOf(files)]));
      await finishAttempt(deps, attempt, { kind: 'succeed', output, warnings: [] }, { stdout: [], stderr: [] });
    };
    return { ...made, register, runTrial };
  }

  it('has passed once that has ended well and written something', async () => {
    const { register, runTrial, ask } = await registering();
    const [reply] = await Promise.all([register({ 'in.txt': 'x' }, 60), runTrial({ 'out.txt': 'y' })]);
    const { test } = reply.json<{ test: { task: string; passed: boolean } }>();
    expect([reply.status, reply.headers.get('preference-applied'), test.passed]).toEqual([201, 'wait=60', true]);
    expect((await ask(`/tasks/${test.task}`)).json<object>()).toMatchObject({ model: 'seg', labels: { trial: 'registration' } });
  });

  it('has not passed when it wrote nothing', async () => {
    const { register, runTrial } = await registering();
    const [reply] = await Promise.all([register({ 'in.txt': 'x' }, 60), runTrial({})]);
    expect(reply.json<object>()).toMatchObject({ test: { passed: false, reason: expect.stringContaining('wrote nothing') } });
  });

  it('is there at once for who does not wait', async () => {
    const { register } = await registering();
    expect((await register({ 'in.txt': 'x' }, 0)).json<object>()).toMatchObject({ id: 'seg', test: { passed: null } });
  });

  it('is not registered when the sample is no input, and leaves no file when the model is refused', async () => {
    const { deps, register, ask } = await registering();
    expect((await register('broken', 0)).status).toBe(415);
    expect((await ask('/models/seg')).status).toBe(404);
    await register({ 'in.txt': 'x' }, 0);
    expect(codeOf(await register({ 'in.txt': 'x' }, 0))).toBe('model_exists');
    const kept = (await deps.db.task.findMany()).map(({ inputKey }) => inputKey);
    expect(kept).toHaveLength(1);
    expect(await deps.files.sweep(-60_000, async () => new Set(kept))).toBe(0);
  });
});

describe('operators', () => {
  it('see the consumers, and what waits and runs in each pool', async () => {
    const { deps, ask } = await setup();
    await givenModel(deps);
    // Of the owner in whose name it claims.
    await greetConsumer(
      deps,
      {
        consumerId: 'c1',
        bootId: 'b1',
        pools: ['docker-cpu'],
        gpus: 2,
        node: null,
        gone: [],
        trouble: {},
        folderModels: [],
        holding: [],
      },
      SERVER,
    );
    for (let at = 0; at < 3; at++) await givenTask(deps);
    await claimed(deps);
    const { items } = (await ask('/consumers')).json<{ items: object[] }>();
    expect(items).toEqual([
      { id: 'c1', owner: 'server', pools: ['docker-cpu'], gpus: 2, trouble: {}, running: 1, seen_at: expect.any(String) },
    ]);
    const { pools } = (await ask('/queue')).json<{ pools: { pool: string; oldest_queued_seconds: number | null }[] }>();
    expect(pools.find(({ pool }) => pool === 'docker-cpu')).toMatchObject({
      queued: 2,
      running: 1,
      consumers: 1,
      oldest_queued_seconds: expect.any(Number),
    });
    expect(pools.find(({ pool }) => pool === 'process')).toMatchObject({
      queued: 0,
      running: 0,
      consumers: 0,
      oldest_queued_seconds: null,
    });
  });
});

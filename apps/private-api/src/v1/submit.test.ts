import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { taskSchema } from '@inference/contracts';
import { systemClock, ZIP_LIMITS } from '@inference/domain';
import { until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { createLocalNews } from '../news/create-local-news.ts';
import { finishAttempt } from '../services/finish-attempt.ts';
import { claimed, givenModel, type LiveDeps, succeeded, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

async function setup(settings = {}) {
  const deps = { ...(await testDeps({ adminKey: ADMIN_KEY, ...settings })), clock: systemClock, news: createLocalNews(systemClock) };
  await givenModel(deps);
  const countFiles = async () => (await readdir(join(deps.folder, 'tmp'))).length + (await readdir(join(deps.folder, 'inputs'))).length;
  return { deps, countFiles, ...(await v1Client(deps)) };
}

const ZIP = await zipOf({ 'in.txt': 'hello' });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const codeOf = (reply: { json<T>(): T }) => reply.json<{ code: string }>().code;

describe('POST /api/v1/models/{model}/tasks', () => {
  it('accepts a zip as the body: 202, its address, and the task as the contract says', async () => {
    const { postZip, ask } = await setup();
    const reply = await postZip(ZIP, {}, '/models/echo/tasks?label=study:A-12&label=run:2&time_limit_seconds=60');
    expect(reply.status).toBe(202);
    const task = taskSchema.parse(reply.json());
    expect(task).toMatchObject({ state: 'queued', model: 'echo', labels: { study: 'A-12', run: '2' }, time_limit_seconds: 60 });
    expect(task.input).toEqual({ bytes: ZIP.length, sha256: sha256(ZIP), available: true });
    expect(reply.headers.get('location')).toBe(`/api/v1/tasks/${task.id}`);
    expect((await ask(`/tasks/${task.id}/input`)).bytes.equals(ZIP)).toBe(true);
  });

  it('accepts the zip as the part input, with options in JSON', async () => {
    const { post } = await setup();
    const form = new FormData();
    form.append('options', JSON.stringify({ labels: { a: 'b' }, time_limit_seconds: 5 }));
    form.append('input', new Blob([new Uint8Array(ZIP)]), 'in.zip');
    const reply = await post('/models/echo/tasks', form);
    expect(reply.status).toBe(202);
    expect(reply.json()).toMatchObject({ labels: { a: 'b' }, time_limit_seconds: 5, input: { sha256: sha256(ZIP) } });
  });

  it('zips plain files, the same ones to the same zip', async () => {
    const { post, ask } = await setup();
    const send = async () => {
      const form = new FormData();
      form.append('files', new Blob(['x'.repeat(300_000)]), 'scan/a.txt');
      form.append('files', new Blob(['two']), 'ü.txt');
      return (await post('/models/echo/tasks', form)).json();
    };
    const [one, two] = [await send(), await send()];
    expect(one.id).not.toBe(two.id);
    expect(one.input.sha256).toBe(two.input.sha256);
    const zip = (await ask(`/tasks/${one.id}/input`)).bytes;
    expect([zip.includes('scan/a.txt'), zip.includes('ü.txt'), zip.length > 300_000]).toEqual([true, true, true]);
  });

  it('puts a task with its own time limit into the claim', async () => {
    const { deps, postZip } = await setup();
    await postZip(ZIP, {}, '/models/echo/tasks?time_limit_seconds=7');
    await postZip(ZIP);
    expect([(await claimed(deps)).model.limits.timeMs, (await claimed(deps)).model.limits.timeMs]).toEqual([7_000, 86_400_000]);
  });

  it.each([
    ['a body of another type', { 'content-type': 'text/plain' }, '', 415, 'unsupported_media_type'],
    ['a body that is no zip', {}, '', 415, 'zip_not_a_zip'],
    ['a label without a value', {}, '?label=x', 422, 'invalid_request'],
    ['a time limit above that of the model', {}, '?time_limit_seconds=90000', 422, 'invalid_request'],
    ['a key with a space', { 'idempotency-key': 'a b' }, '', 422, 'invalid_request'],
  ])('refuses %s with a problem, and keeps nothing', async (_what, headers, query, status, code) => {
    const { post, countFiles } = await setup();
    const reply = await post(`/models/echo/tasks${query}`, 'no zip at all', { 'content-type': 'application/zip', ...headers });
    expect([reply.status, codeOf(reply), reply.headers.get('content-type')]).toEqual([
      status,
      code,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await countFiles()).toBe(0);
  });

  it('says what to do about what it refuses', async () => {
    const { post } = await setup();
    const told = async (path: string, body: string) =>
      (await post(path, body, { 'content-type': 'application/zip' })).json<{ detail: string }>().detail;
    expect(await told('/models/echo/tasks', 'a bare file')).toBe(
      'The upload is not a zip. Pack the files as a zip; a task also takes plain files, as parts "files" of a multipart/form-data body.',
    );
    expect(await told('/models/none/tasks', 'x')).toBe('Model not found. GET /api/v1/models shows which there are.');
  });

  it('refuses parts that it does not know, names that leave the folder, and no input at all, and keeps nothing', async () => {
    const { post, countFiles } = await setup();
    const forms: [FormData, string][] = [];
    const form = (code: string, fill: (made: FormData) => void) => {
      const made = new FormData();
      fill(made);
      forms.push([made, code]);
    };
    form('invalid_request', (made) => made.append('other', new Blob(['x']), 'x'));
    form('invalid_request', (made) => made.append('wrong', 'x'));
    form('invalid_request', (made) => made.append('options', '{"labels":{"a b":"c"}}'));
    form('zip_path_escape', (made) => made.append('files', new Blob(['x']), '../x'));
    form('bad_request', (made) => {
      made.append('files', new Blob(['x'.repeat(200_000)]), 'x');
      made.append('options', '{');
    });
    form('invalid_request', (made) => {
      made.append('files', new Blob(['x'.repeat(200_000)]), 'x');
      made.append('input', new Blob([new Uint8Array(ZIP)]), 'x.zip');
    });
    for (const [body, code] of forms) expect(codeOf(await post('/models/echo/tasks', body))).toBe(code);
    expect(await countFiles()).toBe(0);
  });

  it('points to the wrong field', async () => {
    const { post } = await setup();
    const form = new FormData();
    form.append('input', new Blob([new Uint8Array(ZIP)]), 'in.zip');
    form.append('options', JSON.stringify({ labels: { 'a/b': 1 } }));
    const problem = (await post('/models/echo/tasks', form)).json<{ errors: { pointer: string }[]; request_id: string; type: string }>();
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/body/labels/a~1b']);
    expect(problem.type).toBe('/docs/errors#invalid_request');
    expect(problem.request_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses an upload above the limit, one file or several, and keeps nothing', async () => {
    const { post, postZip, countFiles } = await setup({ zipLimits: { ...ZIP_LIMITS, archiveBytesMax: 10_000 } });
    const form = new FormData();
    for (const name of ['a', 'b', 'c']) form.append('files', new Blob(['x'.repeat(6_000)]), name);
    expect(codeOf(await post('/models/echo/tasks', form))).toBe('upload_too_large');
    expect(codeOf(await postZip(Buffer.alloc(20_000)))).toBe('upload_too_large');
    expect(await countFiles()).toBe(0);
  });

  it('takes no task for a model that is unknown or disabled, but answers for one that was accepted before', async () => {
    const { postZip, ask } = await setup();
    expect((await postZip(ZIP, {}, '/models/none/tasks')).status).toBe(404);
    const before = await postZip(ZIP, { 'idempotency-key': 'k1' });
    const change = { method: 'PATCH', body: '{"disabled":true}', headers: { 'content-type': 'application/json' } };
    expect((await ask('/models/echo', change)).json<{ disabled: boolean }>().disabled).toBe(true);
    expect(codeOf(await postZip(ZIP))).toBe('model_disabled');
    expect((await postZip(ZIP, { 'idempotency-key': 'k1' })).json().id).toBe(before.json().id);
  });
});

describe('a task for a GPU that no consumer has', () => {
  it('is refused before and after its upload, and in a retry, but a repeated one is answered with the one that was accepted', async () => {
    const { deps, post, postZip, countFiles } = await setup();
    await givenModel(deps, 'gpu', true);
    const before = await postZip(ZIP, { 'idempotency-key': 'k' }, '/models/gpu/tasks');
    expect(before.status).toBe(202);
    const { id } = before.json();
    await directControlPlane(deps).hello({
      consumerId: 'c',
      bootId: 'b',
      pools: ['docker-cpu'],
      gpus: 0,
      trouble: {},
      folderModels: [],
      holding: [],
    });
    const refused = await postZip(ZIP, {}, '/models/gpu/tasks');
    expect([refused.status, codeOf(refused)]).toEqual([422, 'no_gpu']);
    expect(refused.json<{ detail: string }>().detail).toContain('ALLOW_CPU_FALLBACK');
    const again = await postZip(ZIP, { 'idempotency-key': 'k' }, '/models/gpu/tasks');
    expect([again.status, again.json().id]).toEqual([202, id]);
    await post(`/tasks/${id}/cancel`);
    expect(codeOf(await post(`/tasks/${id}/retry`))).toBe('no_gpu');
    expect(await countFiles()).toBe(1);
  });

  it('runs without one where the admin allows that', async () => {
    const { deps, postZip } = await setup({ allowCpuFallback: true });
    await givenModel(deps, 'gpu', true);
    await directControlPlane(deps).hello({
      consumerId: 'c',
      bootId: 'b',
      pools: ['docker-cpu'],
      gpus: 0,
      trouble: {},
      folderModels: [],
      holding: [],
    });
    const { id } = (await postZip(ZIP, {}, '/models/gpu/tasks')).json();
    expect((await claimed(deps)).taskUid).toBe(id);
  });
});

describe('a task sent again under the same name', () => {
  it('is the same task, by Idempotency-Key and by PUT, and leaves no second input', async () => {
    const { postZip, ask, countFiles } = await setup();
    const one = await postZip(ZIP, { 'idempotency-key': 'scan-1' });
    const again = await postZip(ZIP, { 'idempotency-key': 'scan-1' });
    const put = { method: 'PUT', body: new Uint8Array(ZIP), headers: { 'content-type': 'application/zip' } };
    const byPut = await ask('/tasks/scan-1?model=echo', put);
    expect(new Set([one, again, byPut].map((reply) => reply.json().id)).size).toBe(1);
    expect([one.status, again.status, byPut.status]).toEqual([202, 202, 202]);
    expect(await countFiles()).toBe(1);
  });

  it('is one task however many arrive at once', async () => {
    const { deps, postZip, countFiles } = await setup();
    const replies = await Promise.all(Array.from({ length: 8 }, () => postZip(ZIP, { 'idempotency-key': 'at-once' })));
    expect(new Set(replies.map((reply) => reply.json().id)).size).toBe(1);
    expect([await deps.db.task.count(), await deps.db.event.count(), await countFiles()]).toEqual([1, 1, 1]);
  });

  it('is refused with another input, model, label, time limit or deadline, and keeps nothing of it', async () => {
    const { deps, postZip, countFiles } = await setup();
    await givenModel(deps, 'other');
    await postZip(ZIP, { 'idempotency-key': 'k' });
    const key = { 'idempotency-key': 'k' };
    const other = await zipOf({ 'in.txt': 'another' });
    expect(codeOf(await postZip(other, key))).toBe('idempotency_conflict');
    const queries = ['label=a:b', 'time_limit_seconds=9', 'deadline_seconds=9'];
    for (const path of ['/models/other/tasks', ...queries.map((query) => `/models/echo/tasks?${query}`)]) {
      const reply = await postZip(ZIP, key, path);
      expect([reply.status, codeOf(reply)]).toEqual([409, 'idempotency_conflict']);
    }
    expect(await countFiles()).toBe(1);
  });

  it('without a name is another task, and under the name of a deleted one, too', async () => {
    const { postZip, ask } = await setup();
    const ids = [await postZip(ZIP), await postZip(ZIP), await postZip(ZIP, { 'idempotency-key': 'k' })].map((reply) => reply.json().id);
    expect((await ask(`/tasks/${ids[2]}`, { method: 'DELETE' })).status).toBe(204);
    ids.push((await postZip(ZIP, { 'idempotency-key': 'k' })).json().id);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('a client that would rather wait', () => {
  it('is answered when the task has ended, with the output itself if it likes', async () => {
    const { deps, postZip } = await setup();
    const waiting = postZip(ZIP, { prefer: 'respond-async, wait=50' });
    const zipWanted = postZip(ZIP, { prefer: 'wait=50', accept: 'application/zip' });
    for (const _each of [1, 2]) {
      const attempt = await claimedSoon(deps);
      await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
    }
    const reply = await waiting;
    expect([reply.status, reply.json().state, reply.headers.get('preference-applied')]).toEqual([200, 'succeeded', 'wait=50']);
    const zip = await zipWanted;
    expect([zip.status, zip.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(zip.headers.get('repr-digest')).toBe(`sha-256=:${createHash('sha256').update(zip.bytes).digest('base64')}:`);
  });

  it('is told why there is no output, where the task failed', async () => {
    const { deps, postZip } = await setup();
    const waiting = postZip(ZIP, { prefer: 'wait=50', accept: 'application/zip' });
    const attempt = await claimedSoon(deps);
    const failure = { class: 'model_error', reason: 'The model ended with exit code 3.', exitCode: 3 } as const;
    await finishAttempt(deps, attempt, { kind: 'fail', failure }, { stdout: [], stderr: [] });
    const reply = await waiting;
    expect([reply.status, reply.json<{ detail: string }>().detail]).toEqual([409, failure.reason]);
    expect(reply.headers.get('location')).toBe(`/api/v1/tasks/${attempt.taskUid}`);
  });

  it('gets the task as it is when the time is over', async () => {
    const { postZip } = await setup();
    const reply = await postZip(ZIP, { prefer: 'wait=1' });
    expect([reply.status, reply.json().state, reply.headers.get('retry-after')]).toEqual([202, 'queued', '2']);
  });
});

async function claimedSoon(deps: LiveDeps) {
  await until('a task to claim', async () => (await deps.db.task.count({ where: { state: 'queued' } })) > 0);
  return await claimed(deps);
}

// /api/v1 through the relay of a whole server, as users meet it; each rule by itself is tested beside the routes.

import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { sharedServer } from './test-server.ts';

type Task = { id: string; state: string; retry_of: string | null; output: { sha256: string } | null; reason: string };

const server = sharedServer();
const INPUT = await zipOf({ 'notes/a.txt': 'one two two' });
const MODEL_PATH = '/models/word-count/tasks';
const ENDED_MS = 60_000;

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server().url}/api/v1${path}`, init);
}

function send(headers: Record<string, string> = {}, path = MODEL_PATH): Promise<Response> {
  return ask(path, { method: 'POST', body: new Uint8Array(INPUT), headers: { 'content-type': 'application/zip', ...headers } });
}

async function sent(headers: Record<string, string> = {}, path = MODEL_PATH): Promise<Task> {
  return (await (await send(headers, path)).json()) as Task;
}

describe('/api/v1 on a whole server', () => {
  it('takes a zip and gives back the zip that the model wrote, in one request', { timeout: ENDED_MS }, async () => {
    const reply = await send({ prefer: 'wait=50', accept: 'application/zip' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect(reply.headers.get('repr-digest')).toMatch(/^sha-256=:.{44}:$/);
    expect(
      Buffer.from(await reply.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    expect(await (await ask(reply.headers.get('location')?.replace('/api/v1', '') ?? '')).json()).toMatchObject({ state: 'succeeded' });
  });

  it('takes plain files, waits for the end, and shows the files of the output one by one', { timeout: ENDED_MS }, async () => {
    const form = new FormData();
    form.append('files', new Blob(['three three three']), 'b.txt');
    form.append('options', JSON.stringify({ labels: { study: 'A' } }));
    const reply = await ask(MODEL_PATH, { method: 'POST', body: form });
    expect(reply.status).toBe(202);
    const { id } = (await reply.json()) as Task;
    expect(await (await ask(`/tasks/${id}?wait=50`)).json()).toMatchObject({ state: 'succeeded', labels: { study: 'A' } });
    const { items } = (await (await ask(`/tasks/${id}/files`)).json()) as { items: { path: string; bytes: number; is_folder: boolean }[] };
    const files = items.filter((item) => !item.is_folder);
    expect(files.length).toBeGreaterThan(0);
    for (const { path, bytes } of files) {
      const address = path.split('/').map(encodeURIComponent).join('/');
      expect((await (await ask(`/tasks/${id}/files/${address}`)).arrayBuffer()).byteLength).toBe(bytes);
    }
    const found = (await (await ask('/tasks?label=study:A')).json()) as { items: Task[] };
    expect(found.items.map((item) => item.id)).toEqual([id]);
  });

  it('knows a task that is sent again under the same name, runs one once more, and forgets a deleted one', {
    timeout: ENDED_MS,
  }, async () => {
    const one = await sent({ 'idempotency-key': 'e2e-1', prefer: 'wait=50' });
    expect((await sent({ 'idempotency-key': 'e2e-1' })).id).toBe(one.id);
    const put = { method: 'PUT', body: new Uint8Array(INPUT), headers: { 'content-type': 'application/zip' } };
    expect(((await (await ask('/tasks/e2e-1?model=word-count', put)).json()) as Task).id).toBe(one.id);
    const again = (await (await ask(`/tasks/${one.id}/retry`, { method: 'POST' })).json()) as Task;
    expect(again.retry_of).toBe(one.id);
    expect((await ask(`/tasks/${one.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/tasks/${one.id}`)).status).toBe(404);
    expect(await (await ask(`/tasks/${again.id}?wait=50`)).json()).toMatchObject({ state: 'succeeded' });
  });

  it('stops a model at the time limit of the task', { timeout: ENDED_MS }, async () => {
    const input = await zipOf({ 'slow-echo.json': JSON.stringify({ seconds: 30 }) });
    const init = { method: 'POST', body: new Uint8Array(input), headers: { 'content-type': 'application/zip', prefer: 'wait=50' } };
    const reply = await ask('/models/slow-echo/tasks?time_limit_seconds=1', init);
    expect(await reply.json()).toMatchObject({ state: 'failed', failure: { class: 'timeout' }, time_limit_seconds: 1 });
  });

  it('has a note of who registered the models that were there from the start: the server', async () => {
    const { items } = (await (await ask('/audit?limit=200')).json()) as { items: { actor: string; action: string; subject: string }[] };
    const registered = items.filter(({ action }) => action === 'model.registered');
    expect(registered.map(({ actor, subject }) => [actor, subject])).toEqual(expect.arrayContaining([['server', 'word-count']]));
  });

  it('refuses a foreign web page, with a problem', async () => {
    const reply = await send({ origin: 'https://evil.example' });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([403, 'application/problem+json']);
    expect(await reply.json()).toMatchObject({ code: 'cross_origin', errors: [] });
  });
});

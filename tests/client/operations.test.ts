// The client has a method for every operation of /api/v1, and each gives what the contract says.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client,
  folderInput,
  openInput,
  ProblemError,
  streamInput,
  TaskError,
  TransportError,
  WaitTimeout,
  zipInput,
} from '@inference/client';
import { taskSchema, V1_ROUTES } from '@inference/contracts';
import { testFolder, zipOf } from '@inference/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';

const LIMIT_MS = 120_000;
/** 4 GiB: nobody stopped to read what is longer. */
const ENDLESS_PIECES = 65_536;
const shared = sharedServer();
let client: Client;

beforeAll(() => {
  client = new Client({ url: `${shared().url}/` });
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** A folder that slow-echo waits over for so long. */
async function slow(seconds: number, fail = false): Promise<string> {
  const folder = join(await testFolder(), 'in');
  await mkdir(folder);
  await writeFile(join(folder, 'slow-echo.json'), JSON.stringify({ seconds, fail }));
  await writeFile(join(folder, 'größe.txt'), 'hello');
  return folder;
}

describe('the client', () => {
  it(
    'runs a model on a folder, and gives its output in every way',
    async () => {
      const folder = await slow(0);
      const seen: number[] = [];
      const result = await client.run('slow-echo', folder, { labels: { study: 'A-12' }, onProgress: (bytes) => void seen.push(bytes) });
      const { task } = result;
      expect(taskSchema.parse(await client.tasks.get(task.id))).toMatchObject({ state: 'succeeded', labels: { study: 'A-12' } });
      expect(seen.at(-1)).toBe((await folderInput(folder)).bytes);

      const zip = Buffer.concat(await all(result.output()));
      await result.save(join(folder, 'out.zip'));
      expect(await readFile(join(folder, 'out.zip'))).toEqual(zip);
      const { items } = await client.tasks.files(task.id);
      expect(items.map(({ path }) => path)).toContain('größe.txt');
      expect(Buffer.concat(await all(client.tasks.file(task.id, 'größe.txt'))).toString()).toBe('hello');
      expect(Buffer.concat(await all(client.tasks.logs(task.id, { stream: 'stdout' }))).toString()).toContain('copied the input');
      expect(Buffer.concat(await all(client.tasks.input(task.id)))).toHaveLength(task.input.bytes);
      const events = await all(client.tasks.events(task.id));
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded' } });
      // From the last event on there is nothing more.
      expect(await all(client.tasks.events(task.id, { lastEventId: events.at(-1)!.id }))).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'tells a task that failed from a request that was refused, and both from a connection that broke',
    async () => {
      const failed = await client.run('slow-echo', await slow(0, true)).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(TaskError);
      expect((failed as TaskError).task.failure?.exit_code).toBe(3);
      const refused = await client.run('nothing', await slow(0)).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ProblemError);
      expect(refused).toMatchObject({ code: 'model_not_found', status: 404, requestId: expect.stringMatching(/\S/) });
      const gone = new Client({ url: 'http://127.0.0.1:2', random: () => 0 });
      await expect(gone.models.get('x')).rejects.toBeInstanceOf(TransportError);
    },
    LIMIT_MS,
  );

  it(
    'makes one task however often an input is sent under the same key or name',
    async () => {
      const input = await openInput(await slow(0));
      const idempotencyKey = crypto.randomUUID();
      const [one, two] = [
        await client.tasks.submit('slow-echo', input, { idempotencyKey }),
        await client.tasks.submit('slow-echo', input, { idempotencyKey }),
      ];
      expect(two.id).toBe(one.id);
      const name = `study-${crypto.randomUUID()}`;
      const [three, four] = [
        await client.tasks.submit('slow-echo', input, { name }),
        await client.tasks.submit('slow-echo', input, { name }),
      ];
      expect(four.id).toBe(three.id);
    },
    LIMIT_MS,
  );

  it(
    'sends again what broke on the way, as the same task',
    async () => {
      let broken = 0;
      const fetchOnceBroken: typeof fetch = async (url, init) => {
        const response = await fetch(url, init);
        // The first answer is lost: the task is there, and nobody has heard of it.
        if (init?.method !== 'POST' || broken++ > 0) return response;
        await response.body?.cancel();
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('lost'), { code: 'ECONNRESET' }) });
      };
      const label = { once: crypto.randomUUID() };
      const shaky = new Client({ url: shared().url, fetch: fetchOnceBroken, random: () => 0 });
      const task = await shaky.tasks.submit('slow-echo', await openInput(await slow(0)), { labels: label });
      expect(broken).toBe(2);
      expect((await all(client.tasks.list({ labels: label }))).map(({ id }) => id)).toEqual([task.id]);
      // What comes from a pipe is gone: it cannot be sent again.
      broken = 0;
      const pipe = streamInput(
        (async function* () {
          yield await zipOf({ a: 'b' });
        })(),
      );
      await expect(shaky.tasks.submit('slow-echo', pipe)).rejects.toBeInstanceOf(TransportError);
      expect(broken).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'stops to read an input once the server has refused it, or the caller has stopped',
    async () => {
      const endless = () => {
        const { promise: stopped, resolve, reject } = Promise.withResolvers<void>();
        async function* pieces() {
          try {
            for (let at = 0; at < ENDLESS_PIECES; at++) yield Buffer.alloc(64 * 1024);
            reject(new Error('it was read to its end'));
          } finally {
            resolve();
          }
        }
        return { input: streamInput(pieces()), stopped };
      };
      const refused = endless();
      await expect(client.tasks.submit('nothing', refused.input)).rejects.toMatchObject({ code: 'model_not_found' });
      await refused.stopped;
      const left = endless();
      const sent = client.tasks.submit('slow-echo', left.input, { signal: AbortSignal.timeout(300) });
      await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' });
      await left.stopped;
    },
    LIMIT_MS,
  );

  it(
    'waits no longer than it was told, and can be stopped',
    async () => {
      const task = await client.tasks.submit('slow-echo', await openInput(await slow(600)));
      await expect(client.tasks.wait(task.id, { timeoutMs: 500 })).rejects.toBeInstanceOf(WaitTimeout);
      await expect(client.tasks.wait(task.id, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' });
      await expect(all(client.tasks.events(task.id, { signal: AbortSignal.timeout(200) }))).rejects.toMatchObject({ name: 'TimeoutError' });
      await client.tasks.cancel(task.id);
      expect((await client.tasks.wait(task.id)).state).toBe('cancelled');
      // Its consumer may have it again already.
      expect((await client.tasks.requeue(task.id)).state).toMatch(/^(queued|running)$/);
      await client.tasks.cancel(task.id);
      await client.tasks.wait(task.id);
      const again = await client.tasks.retry(task.id);
      expect(again.retry_of).toBe(task.id);
      await client.tasks.delete(again.id);
      await expect(client.tasks.get(again.id)).rejects.toMatchObject({ code: 'task_not_found' });
    },
    LIMIT_MS,
  );

  it(
    'sends a priority and what a task asks for, and has explained why it waits',
    async () => {
      const input = await openInput(await slow(0));
      const resources = { cpus: 0.5, memory_bytes: 1_048_576 };
      const idempotencyKey = crypto.randomUUID();
      const seen: number[] = [];
      const onProgress = (bytes: number) => void seen.push(bytes);
      const task = await client.tasks.submit('slow-echo', input, { priority: 'high', resources, idempotencyKey, onProgress });
      expect(task).toMatchObject({ priority: 'high', resources });
      expect([seen[0], seen.at(-1)]).toEqual([0, input.bytes]);
      expect((await client.tasks.submit('slow-echo', input, { priority: 'high', resources, idempotencyKey })).id).toBe(task.id);
      await client.tasks.wait(task.id);
      expect(await client.tasks.explain(task.id)).toMatchObject({ task: task.id, state: 'succeeded', blocker: null, sooner: [] });
      const name = `asks-${crypto.randomUUID()}`;
      expect(await client.tasks.submit('slow-echo', input, { name, priority: 'low', resources })).toMatchObject({
        ...{ priority: 'low', resources },
      });
      await expect(client.tasks.submit('slow-echo', input, { resources: { gpus: 2 } })).rejects.toMatchObject({ code: 'invalid_request' });
      const impossible = client.tasks.submit('slow-echo', input, { resources: { node_labels: { disk: 'fast' } } });
      await expect(impossible).rejects.toMatchObject({ status: 422, code: 'impossible_resources' });
    },
    LIMIT_MS,
  );

  it(
    'registers, lists and changes models',
    async () => {
      const folder = await slow(0);
      await writeFile(join(folder, 'w.zip'), await zipOf({ 'weights.bin': 'x' }));
      const model = await client.models.register({ id: 'mine', image: 'lab/mine:1' }, { files: await zipInput(join(folder, 'w.zip')) });
      expect(model).toMatchObject({ id: 'mine', test: null, files: { bytes: expect.any(Number) } });
      expect((await client.models.change('mine', { disabled: true })).disabled).toBe(true);
      expect((await client.models.get('mine')).disabled).toBe(true);
      expect(await client.models.usage('mine')).toMatchObject({ model: 'mine', attempts: 0, memory_peak_bytes: null });
      expect((await all(client.models.list())).map(({ id }) => id)).toContain('mine');
      await expect(client.models.register({ id: 'mine', image: 'lab/mine:1' })).rejects.toMatchObject({ code: 'model_exists' });
      await expect(client.models.register({ id: 'no good', image: '' })).rejects.toMatchObject({ fields: [{}, {}] });
    },
    LIMIT_MS,
  );

  it(
    'makes, lists, rotates and revokes keys, and sees who did it',
    async () => {
      const key = await client.keys.create({ owner: 'ada', name: 'laptop', scopes: ['read'] });
      const hers = new Client({ url: shared().url, token: key.secret });
      expect(await hers.me()).toMatchObject({ owner: 'ada', scopes: ['read'] });
      await expect(hers.keys.create({ owner: 'eve', name: 'x', scopes: ['read'] })).rejects.toMatchObject({ status: 403 });
      const rotated = await client.keys.rotate(key.prefix, { graceSeconds: 0 });
      await expect(hers.me()).rejects.toMatchObject({ status: 401 });
      expect(rotated.secret).not.toBe(key.secret);
      await client.keys.revoke(key.prefix);
      expect((await all(client.keys.list())).find(({ prefix }) => prefix === key.prefix)?.revoked_at).not.toBeNull();
      expect((await all(client.audit())).map(({ action }) => action)).toContain('key.revoked');
    },
    LIMIT_MS,
  );

  it('sees consumers and queues', async () => {
    await client.me();
    expect((await client.consumers())[0]?.pools).toContain('process');
    expect(await client.gpus()).toEqual(expect.any(Array));
    expect((await client.queue()).pools.map(({ pool }) => pool)).toContain('process');
  });

  it('has a method for every operation of the contract', async () => {
    const asked = new Set<string>();
    const answers: typeof fetch = async (url, init) => {
      asked.add(operationOf(String(init?.method), String(url)));
      if (String(url).endsWith('/events')) return new Response(null, { status: 204 });
      return Response.json({ items: [], next_cursor: null, state: 'succeeded' });
    };
    const to = new Client({ url: 'http://nowhere', fetch: answers, random: () => 0 });
    const { tasks, models, keys } = to;
    const input = streamInput((async function* () {})());
    await Promise.all([
      tasks.submit('m', input),
      tasks.submit('m', input, { name: 'n' }),
      tasks.page(),
      tasks.get('t'),
      tasks.explain('t'),
      tasks.files('t'),
    ]);
    await Promise.all([all(tasks.file('t', 'a/b')), all(tasks.logs('t')), all(tasks.input('t')), all(tasks.output('t'))]);
    await Promise.all([
      tasks.cancel('t'),
      tasks.retry('t'),
      tasks.requeue('t'),
      tasks.delete('t'),
      tasks
        .events('t')
        .next()
        .catch(() => {}),
    ]);
    await Promise.all([
      models.page(),
      models.get('m'),
      models.usage('m'),
      models.change('m', { disabled: true }),
      models.register({ id: 'm', image: 'i' }),
    ]);
    await Promise.all([keys.page(), keys.create({ owner: 'o', name: 'n', scopes: ['read'] }), keys.revoke('k'), keys.rotate('k')]);
    await keys.change('k', { name: 'n' });
    await Promise.all([to.me(), to.consumers(), to.forgetConsumer('c'), to.gpus(), to.queue(), to.auditPage()]);
    expect([...asked].sort()).toEqual(V1_ROUTES.map(({ id }) => id).sort());
  });
});

function operationOf(method: string, url: string): string {
  const path = new URL(url).pathname;
  return V1_ROUTES.find((route) => route.method === method && patternOf(route.path).test(path))?.id ?? `${method} ${path}`;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace('{path}', '.+').replace(/\{\w+\}/g, '[^/]+')}$`);
}

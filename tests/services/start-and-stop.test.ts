// How the services start, in any order, and how they stop.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, has, testFolder, until } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { installation, installationWithoutTables, newSecret } from './installation.ts';
import type { ServiceName, ServiceProcess } from './service-process.ts';
import { slowPost } from './slow-post.ts';

// Each test starts several processes, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const SERVICES: ServiceName[] = ['public-api', 'private-api', 'consumer'];

async function readyz(url: string) {
  const answer = await fetch(`${url}/readyz?verbose`, { headers: { connection: 'close' } });
  const body = (await answer.json()) as { ready: boolean; phase: string; components: { name: string; state: string; text: string }[] };
  return { status: answer.status, ...body };
}

function said(service: ServiceProcess, text: string) {
  return until(`"${text}" in: ${service.output()}`, () => service.output().includes(text));
}

describe('services that start', () => {
  it('may start in any order', async () => {
    const own = await installation();
    const [port] = await freePorts(1);
    const privateUrl = `http://127.0.0.1:${port}`;
    const [relay, consumer] = [own.start('public-api', privateUrl), own.start('consumer', privateUrl)];
    expect(await readyz(await relay.url())).toMatchObject({ status: 503, components: [{ name: 'private-api', state: 'failed' }] });
    expect(await readyz(await consumer.url())).toMatchObject({ status: 503, phase: 'starting' });
    own.start('private-api', undefined, { PORT: String(port) });
    await Promise.all([relay.ready(), consumer.ready()]);
  });

  it('make the tables once, however many private APIs start together on an empty database', async () => {
    const own = await installationWithoutTables();
    const apis = [1, 2, 3].map(() => own.start('private-api'));
    await Promise.all(apis.map((api) => api.ready()));
    expect(apis.filter((api) => api.output().includes('the database was migrated'))).toHaveLength(1);
  });

  it('tell how each component is doing, without hosts, paths and secrets', async () => {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const [relayUrl, consumerUrl] = [await own.start('public-api', privateUrl).ready(), await own.start('consumer', privateUrl).ready()];
    const reports = await Promise.all([privateUrl, relayUrl, consumerUrl].map(readyz));
    const states = reports.map(({ components }) => Object.fromEntries(components.map(({ name, state }) => [name, state])));
    expect(states).toEqual([
      { database: 'ok', queue: 'degraded', disk: 'ok', 'zip-checkers': 'ok', files: 'ok' },
      { 'private-api': 'ok' },
      { 'control-plane': 'ok', queue: 'degraded', 'runtime-process': 'ok', 'work-folder': 'ok', pools: 'ok' },
    ]);
    const texts = reports.flatMap(({ components }) => components.map(({ text }) => text));
    for (const text of texts) expect(text).not.toMatch(/\/\w|127\.0\.0\.1|nobody/);
  });

  it('do not serve while the folder of files is that of another database', async () => {
    const own = await installation();
    await own.start('private-api').ready();
    const stray = own.start('private-api', undefined, { FILES_DIR: join(await testFolder(), 'empty') });
    const url = await stray.url();
    await said(stray, 'mount that one');
    const files = expect.objectContaining({ name: 'files', state: 'failed', text: expect.stringContaining('mount that one') });
    expect(await readyz(url)).toMatchObject({ status: 503, phase: 'starting', components: expect.arrayContaining([files]) });
    const refused = await fetch(`${url}/api/tasks/`, { method: 'POST', headers: { authorization: `Bearer ${own.adminKey}` } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('say in one line why they cannot start', async () => {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const stranger = own.start('consumer', privateUrl, { CONSUMER_KEY: newSecret() });
    expect(await stranger.exited()).toBe(1);
    expect(stranger.lines().at(-1)).toMatchObject({ msg: expect.stringContaining('CONSUMER_KEY must be the same') });
    const nowhere = own.start('public-api', privateUrl, { HOST: 'nowhere.invalid' });
    expect(await nowhere.exited()).toBe(1);
    expect(nowhere.lines()).toEqual([expect.objectContaining({ msg: expect.stringContaining('Cannot listen on nowhere.invalid') })]);
    expect(nowhere.output()).not.toContain('    at ');
    const second = own.start('public-api', privateUrl, { PORT: new URL(privateUrl).port });
    expect(await second.exited()).toBe(1);
    expect(second.lines()).toEqual([expect.objectContaining({ msg: expect.stringContaining('is taken: stop what uses it, or set PORT') })]);
  });
});

describe('services that are set to what cannot be used', () => {
  const NOT_A_FOLDER = '/dev/null/nothing';

  it.each<[ServiceName, string, (database: string) => Record<string, string>]>([
    ['private-api', 'FILES_DIR cannot be used: ENOTDIR', () => ({ FILES_DIR: NOT_A_FOLDER })],
    [
      'private-api',
      'DATABASE_URL cannot be used: database "nope" does not exist',
      (url) => ({ DATABASE_URL: url.replace(/@\/\w+/, '@/nope') }),
    ],
    ['consumer', 'WORK_DIR cannot be used: ENOTDIR', () => ({ WORK_DIR: NOT_A_FOLDER })],
    ['consumer', 'WORK_DIR cannot be used: ENOENT', () => ({ WORK_DIR: '/proc/nothing' })],
    ['private-api', 'FILES_DIR cannot be used: ENOENT', () => ({ FILES_DIR: '/proc/nothing' })],
    ['consumer', 'MODELS_DIR cannot be used: ENOENT', () => ({ MODELS_DIR: '/nowhere' })],
  ])('%s ends, and says: %s', async (name, sentence, settings) => {
    const own = await installation();
    const service = own.start(name, undefined, settings(own.settings('private-api')['DATABASE_URL'] ?? ''));
    expect(await service.exited()).toBe(1);
    const fatal = service.lines().filter(({ level }) => level === 60);
    expect(fatal).toEqual([expect.objectContaining({ msg: expect.stringContaining(sentence) })]);
    expect(service.output()).not.toContain('    at ');
  });

  it('consumer ends with exit code 2 when GPUS names one that is not there', async () => {
    const own = await installation();
    const folder = await testFolder();
    await writeFile(join(folder, 'nvidia-smi'), '#!/bin/sh\n[ "$1" != -L ] || echo "GPU 0: Tesla T4 (UUID: GPU-one)"\n', { mode: 0o755 });
    const consumer = own.start('consumer', undefined, { GPUS: 'GPU-two', PATH: `${folder}:${process.env['PATH']}` });
    expect(await consumer.exited()).toBe(2);
    const msg = 'The GPU GPU-two in GPUS is not on this machine. nvidia-smi lists: GPU-one.';
    expect(consumer.lines()).toContainEqual(expect.objectContaining({ level: 60, msg }));
  });

  it('consumer goes on without its Docker engine, and says so', async () => {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const consumer = own.start('consumer', privateUrl, { DOCKER_SLOTS: '1', DOCKER_SOCKET: '/nowhere' });
    await said(consumer, 'the consumer claims tasks');
    const trouble = { 'docker-cpu': expect.stringContaining('Docker') };
    expect(consumer.lines()).toContainEqual(expect.objectContaining({ level: 40, trouble }));
  });
});

describe('services whose output nobody reads any more', () => {
  it.each(SERVICES)('%s goes on, and still ends with exit code 0 on SIGTERM', async (name) => {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const service = own.start(name, privateUrl, { LOG_LEVEL: 'trace' });
    const url = await service.ready();
    service.stopReading();
    for (let line = 0; line < 10; line++) {
      service.child.kill('SIGWINCH');
      expect(await readyz(url)).toMatchObject({ status: 200 });
    }
    service.child.kill('SIGTERM');
    expect(await service.exited()).toBe(0);
  });
});

describe('services that are told to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finish a request that is under way on %s, take no new one, and end with exit code 0',
    async (signal) => {
      const own = await installation();
      await own.serveModel('word-count');
      const api = own.start('private-api');
      const privateUrl = await api.ready();
      const relay = own.start('public-api', privateUrl);
      const post = await slowPost(own, await relay.ready());
      for (const service of [relay, api]) service.child.kill(signal);
      await Promise.all([relay, api].map((service) => said(service, 'stopping')));
      // A loop that is at work ends first.
      const isDeaf = async (service: ServiceProcess) => (await fetch(`${await service.url()}/livez`).catch(() => null)) === null;
      for (const service of [relay, api]) await until('no new request to be taken', () => isDeaf(service));
      expect(await post.finish()).toMatchObject({ status: 200 });
      expect(await Promise.all([relay.exited(), api.exited()])).toEqual([0, 0]);
      expect(await own.db.task.count()).toBe(1);
    },
  );

  it('cut what is under way when its time is over', async () => {
    const own = await installation();
    await own.serveModel('word-count');
    const api = own.start('private-api', undefined, { DRAIN_SECONDS: '1' });
    const post = await slowPost(own, await api.ready());
    api.child.kill('SIGTERM');
    await post.cut();
    expect(await api.exited()).toBe(0);
    expect(await own.db.task.count()).toBe(0);
  });

  it('cut what is under way at once when they are told again', async () => {
    const own = await installation();
    await own.serveModel('word-count');
    const api = own.start('private-api', undefined, { DRAIN_SECONDS: '3600' });
    const post = await slowPost(own, await api.ready());
    api.child.kill('SIGTERM');
    await said(api, 'stopping');
    api.child.kill('SIGTERM');
    await post.cut();
    expect(await api.exited()).toBe(0);
  });

  it('end with exit code 0 while they still wait for others', async () => {
    const own = await installation();
    const consumer = own.start('consumer');
    await said(consumer, 'waiting for the private API');
    consumer.child.kill('SIGTERM');
    expect(await consumer.exited()).toBe(0);
  });
});

describe.skipIf(!has('bubblewrap'))('a consumer that is told to stop', () => {
  /** A consumer that runs a task which takes so many seconds. */
  async function busyConsumer(seconds: number, settings: Record<string, string> = {}) {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const consumer = own.start('consumer', privateUrl, settings);
    await consumer.ready();
    const uid = await own.postTask(privateUrl, 'slow-echo', { 'slow-echo.json': `{"seconds": ${seconds}}` });
    const task = () => own.db.task.findUniqueOrThrow({ where: { uid } });
    await until('the task to run', async () => (await task()).state === 'running');
    return { own, consumer, task };
  }

  it('is not ready any more, finishes what runs, and ends with exit code 0', async () => {
    const { consumer, task } = await busyConsumer(5);
    consumer.child.kill('SIGTERM');
    await said(consumer, 'stopping');
    expect(await readyz(await consumer.url())).toMatchObject({ status: 503, ready: false, phase: 'draining' });
    expect(await consumer.exited()).toBe(0);
    expect(await task()).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it('hands back after DRAIN_SECONDS what still runs, at no cost to the task', async () => {
    const { consumer, task } = await busyConsumer(600, { DRAIN_SECONDS: '1' });
    consumer.child.kill('SIGTERM');
    expect(await consumer.exited()).toBe(0);
    expect(await task()).toMatchObject({ state: 'queued', attempt: 1, infrastructureFaults: 0 });
  });

  it('hands back at once when it is told again', async () => {
    const { consumer, task } = await busyConsumer(600, { DRAIN_SECONDS: '3600' });
    consumer.child.kill('SIGTERM');
    await said(consumer, 'stopping');
    consumer.child.kill('SIGTERM');
    expect(await consumer.exited()).toBe(0);
    expect(await task()).toMatchObject({ state: 'queued', infrastructureFaults: 0 });
  });

  it('hands back what runs before it ends with exit code 1, when it has a fault', async () => {
    const { consumer, task } = await busyConsumer(600, { DRAIN_SECONDS: '1' });
    consumer.child.kill('SIGUSR2');
    expect(await consumer.exited()).toBe(1);
    expect(await task()).toMatchObject({ state: 'queued', infrastructureFaults: 0 });
  });
});

describe('a fault that nobody handled', () => {
  it.each(SERVICES)('is logged, and ends %s with exit code 1', async (name) => {
    const own = await installation();
    const privateUrl = await own.start('private-api').ready();
    const service = own.start(name, privateUrl);
    await service.ready();
    service.child.kill('SIGUSR2');
    expect(await service.exited()).toBe(1);
    const fault = expect.objectContaining({ level: 60, err: expect.objectContaining({ message: 'a fault of the test' }) });
    expect(service.lines()).toEqual(expect.arrayContaining([fault]));
  });

  it('may be a promise that was rejected', async () => {
    const own = await installation();
    const service = own.start('private-api');
    await service.ready();
    service.child.kill('SIGHUP');
    expect(await service.exited()).toBe(1);
    expect(service.output()).toContain('a rejection of the test');
  });
});

// Each fault is staged as it happens to people; doctor names it, with what to do.

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { freePorts, frozenDisk, has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { installation } from '../services/installation.ts';
import { ownPostgres } from '../services/own-postgres.ts';
import { type InferOptions, runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 120_000 });

const KEY = 'a-key-of-the-admin-with-many-characters';
/** No capabilities: root may then do no more than the modes of files say. */
const WITHOUT_POWERS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];

type Finding = { name: string; state: 'ok' | 'warning' | 'failed'; text: string; remedy: string | null };

/** What doctor finds of one thing, and what it ends with. */
async function doctor(name: string, args: string[], options: InferOptions = {}): Promise<Finding & { code: number | null }> {
  const { code, out, err } = await runInfer(['doctor', '-o', 'json', ...args], options);
  const found = (JSON.parse(out) as Finding[]).find((finding) => finding.name === name);
  if (found === undefined) throw new Error(`doctor said nothing of ${name}: ${out} ${err}`);
  return { ...found, code };
}

describe('infer doctor, of the machine of the server', () => {
  const shared = sharedServer();
  const here = () => ['--url', shared().url];

  it('ends with 0 where nothing is wrong, with a line for each thing', async () => {
    const { code, out } = await runInfer(['doctor', ...here()], { environment: { DOCKER_SOCKET: await engine({ version: '30.0.0' }) } });
    expect(out).toMatch(/^✓ docker +Engine 30\.0\.0 answers\.$/m);
    expect(out).toMatch(/^✓ key +You are local: submit, read/m);
    expect(out).toMatch(/^✓ clock /m);
    expect(out).toMatch(/^✓ consumers +1 there/m);
    expect(out).not.toMatch(/^✗/m);
    expect(code).toBe(0);
  });

  it('names a missing Docker', async () => {
    const found = await doctor('docker', here(), { environment: { DOCKER_SOCKET: join(await testFolder(), 'none.sock') } });
    expect(found).toMatchObject({ state: 'failed', code: 1, text: expect.stringMatching(/no engine at .*none\.sock/) });
    expect(found.remedy).toContain('https://docs.docker.com/engine/install/');
  });

  it('names a Docker that is not running', async () => {
    const socket = join(await testFolder(), 'dead.sock');
    await writeFile(socket, '');
    const found = await doctor('docker', here(), { environment: { DOCKER_HOST: `unix://${socket}` } });
    expect(found).toMatchObject({ state: 'failed', remedy: 'sudo systemctl start docker' });
  });

  it.skipIf(!has('root'))('names missing rights on the socket of Docker', async () => {
    const socket = await engine({ version: '30.0.0' });
    await chmod(socket, 0);
    const found = await doctor('docker', here(), { environment: { DOCKER_SOCKET: socket }, under: WITHOUT_POWERS });
    expect(found).toMatchObject({ state: 'failed', code: 1, text: expect.stringContaining('You may not speak to the engine') });
    expect(found.remedy).toContain('usermod -aG docker');
  });

  it('names something else that listens where Docker should', async () => {
    const socket = join(await testFolder(), 'other.sock');
    await listening(
      createServer((_request, response) => response.end('hello')),
      socket,
    );
    expect(await doctor('docker', here(), { environment: { DOCKER_SOCKET: socket } })).toMatchObject({ state: 'failed' });
  });

  it.each([
    ['19.03.5', 'failed', 'too old'],
    ['29.5.0', 'warning', 'holes'],
  ])('names an old engine, %s', async (version, state, word) => {
    const found = await doctor('docker', here(), { environment: { DOCKER_SOCKET: await engine({ version }) } });
    expect(found).toMatchObject({ state, text: expect.stringContaining(word), remedy: expect.stringContaining('Update the engine') });
  });

  it('names a GPU that Docker cannot give to containers, with the toolkit to install', async () => {
    const socket = await engine({ version: '30.0.0' });
    const found = await doctor('gpu', here(), { environment: { DOCKER_SOCKET: socket, PATH: await gpuMachine() } });
    expect(found).toMatchObject({
      state: 'failed',
      code: 1,
      text: expect.stringContaining('1: NVIDIA T4, 550.1; seen by this machine, but not by Docker'),
    });
    expect(found.remedy).toContain('nvidia-ctk runtime configure --runtime=docker');
    const configured = await engine({ version: '30.0.0', runtimes: ['runc', 'nvidia'] });
    const well = await doctor('gpu', here(), { environment: { DOCKER_SOCKET: configured, PATH: await gpuMachine() } });
    expect(well).toMatchObject({ state: 'ok', text: expect.stringContaining('Docker can use them') });
  });

  it('names a driver that is out of order', async () => {
    const path = await gpuMachine('echo "Failed to initialize NVML: Driver/library version mismatch" >&2; exit 18');
    const found = await doctor('gpu', here(), { environment: { PATH: path } });
    expect(found).toMatchObject({
      state: 'failed',
      text: expect.stringContaining('version mismatch'),
      remedy: expect.stringContaining('sudo reboot'),
    });
  });

  it.skipIf(!has('loop-files'))('names a driver that hangs, where no signal ends who asks it, and ends itself', async () => {
    const frozen = await frozenDisk();
    const found = await doctor('gpu', here(), { environment: { PATH: await gpuMachine(`echo asked > ${frozen.folder}/driver`) } });
    expect(found).toMatchObject({ state: 'failed', text: 'The driver does not answer: nvidia-smi hangs.' });
  });

  it('names a missing bubblewrap', async () => {
    const found = await doctor('sandbox', here(), { environment: { PATH: await testFolder() } });
    expect(found).toMatchObject({ state: 'warning', remedy: 'sudo apt-get install bubblewrap' });
  });

  it.skipIf(!has('root'))('names a full disk', async () => {
    const folder = await testFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
    const found = await doctor('disk', [...here(), '--data-dir', join(folder, 'data')]);
    expect(found).toMatchObject({ state: 'failed', code: 1, text: expect.stringMatching(/^Full: 1\.0 MB free/) });
    expect(found.remedy).toContain('--data-dir');
  });

  it('names saved keys that others may read, and --fix closes them', async () => {
    const folder = await testFolder();
    const file = join(folder, 'infer', 'profiles.json');
    await mkdir(join(folder, 'infer'));
    await writeFile(file, JSON.stringify({ current: null, profiles: {} }));
    await chmod(file, 0o644);
    const environment = { XDG_CONFIG_HOME: folder };
    const found = await doctor('profiles', here(), { environment });
    expect(found).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining(`chmod 600 '${file}'`) });
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    expect(await doctor('profiles', [...here(), '--fix'], { environment })).toMatchObject({ state: 'ok' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('names what a server that is gone left behind, and --fix removes it', async () => {
    const folder = await testFolder();
    const file = join(folder, 'inference-server', 'server.json');
    await mkdir(join(folder, 'inference-server'));
    await writeFile(
      file,
      JSON.stringify({ url: 'http://127.0.0.1:1', pid: 2 ** 22 + 1, dataFolder: '/d', startedAt: '2026-01-01T00:00:00Z' }),
    );
    const environment = { XDG_STATE_HOME: folder };
    expect(await doctor('here', here(), { environment })).toMatchObject({ state: 'warning' });
    expect(await doctor('here', [...here(), '--fix'], { environment })).toMatchObject({ state: 'ok' });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('names a profile that is not there', async () => {
    const found = await doctor('settings', ['--profile', 'lab']);
    expect(found).toMatchObject({ state: 'failed', code: 1, text: expect.stringContaining('There is no profile lab') });
  });
});

describe('infer doctor, of the server and the key', () => {
  const shared = sharedServer({ ADMIN_KEY: KEY });
  const with_ = (token: string) => ({ environment: { INFERENCE_URL: shared().url, INFERENCE_TOKEN: token } });
  async function makeKey(endsInMs: number) {
    const body = JSON.stringify({ owner: 'ada', name: 'x', scopes: ['submit'], expires_at: new Date(Date.now() + endsInMs).toISOString() });
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const answer = await fetch(`${shared().url}/api/v1/keys`, { method: 'POST', headers, body });
    return (await answer.json()) as { secret: string; expires_at: string };
  }

  it('names a wrong key', async () => {
    const found = await doctor('key', [], with_('isk_this-is-no-key'));
    expect(found).toMatchObject({ state: 'failed', code: 1, text: expect.stringContaining('does not accept the key (INFERENCE_URL)') });
    expect(found.remedy).toContain('infer profile add');
    expect(JSON.stringify(found)).not.toContain('this-is-no-key');
  });

  it('names a key that ends soon, and one that has ended', async () => {
    const { secret } = await makeKey(3 * 86_400_000);
    const soon = await doctor('key', [], with_(secret));
    expect(soon).toMatchObject({
      state: 'warning',
      code: 0,
      text: expect.stringMatching(/You are ada, by the key \w{8}: submit\. It ends on 20/),
    });
    const brief = await makeKey(1_500);
    const gone = async () =>
      (await fetch(`${shared().url}/api/v1/me`, { headers: { authorization: `Bearer ${brief.secret}` } })).status === 401;
    await until('the end of the key', gone);
    const profile = { url: shared().url, token: brief.secret, tokenEndsAt: brief.expires_at };
    const folder = await testFolder();
    await mkdir(join(folder, 'infer'));
    await writeFile(join(folder, 'infer', 'profiles.json'), JSON.stringify({ current: 'mine', profiles: { mine: profile } }), {
      mode: 0o600,
    });
    const ended = await doctor('key', [], { environment: { XDG_CONFIG_HOME: folder } });
    expect(ended).toMatchObject({
      state: 'failed',
      code: 1,
      text: expect.stringMatching(/^The key \(the profile mine\) expired \d+s ago\.$/),
    });
    expect(ended.remedy).toContain('infer keys create');
  });

  it('names a server that is away, and that its port is free', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    expect(await doctor('server', ['--url', url])).toMatchObject({
      state: 'failed',
      code: 1,
      remedy: 'infer up',
      text: expect.stringContaining('No server runs at'),
    });
    expect(await doctor('port', ['--url', url])).toMatchObject({ state: 'ok', text: `${port} is free.` });
  });

  it('looks at no Docker and no GPU here where the server is another machine', async () => {
    const { code, out } = await runInfer(['doctor', '-o', 'name', '--url', 'http://name.test']);
    expect({ code, names: out.trim().split('\n') }).toEqual({ code: 1, names: ['node', 'profiles', 'here', 'server'] });
  });

  it('names a port that a stranger has taken', async () => {
    const [port = 0] = await freePorts(1);
    await listening(
      createServer((_request, response) => response.end('<h1>It works!</h1>')),
      port,
    );
    const url = `http://127.0.0.1:${port}`;
    const found = await doctor('port', ['--url', url]);
    expect(found).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining(`infer up --port ${port + 1}`) });
    expect(await doctor('server', ['--url', url])).toMatchObject({
      state: 'failed',
      text: expect.stringContaining('is no InferenceServer'),
    });
  });

  it.each([
    [60_000, 'warning', 'ahead of'],
    [-3_600_000, 'failed', 'behind'],
  ])('names a clock that is off by %s ms', async (offMs, state, way) => {
    const [port = 0] = await freePorts(1);
    const server = createServer((request, response) => {
      response.setHeader('date', new Date(Date.now() + offMs).toUTCString());
      response.end(JSON.stringify(request.url === '/livez' ? { status: 'ok' } : { ready: true, phase: 'serving', components: [] }));
    });
    await listening(server, port);
    const found = await doctor('clock', ['--url', `http://127.0.0.1:${port}`]);
    expect(found).toMatchObject({ state, text: expect.stringContaining(way), remedy: expect.stringContaining('timedatectl set-ntp true') });
  });
});

describe('infer doctor, of services', () => {
  it('names a broker that is away, and that nobody runs tasks', async () => {
    // Its RabbitMQ is away, and no consumer was started.
    const own = await installation();
    const environment = { INFERENCE_URL: await own.start('private-api').ready(), INFERENCE_TOKEN: own.adminKey };
    expect(await doctor('queue', [], { environment })).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('docker compose up -d rabbitmq'),
    });
    expect(await doctor('database', [], { environment })).toMatchObject({ state: 'ok' });
    const found = await doctor('consumers', [], { environment });
    expect(found).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining('docker compose up -d consumer') });
  });

  it('names a database that is away, also through the relay', async () => {
    const database = await ownPostgres();
    const own = await installation({ connection: database.connection });
    const privateUrl = await own.start('private-api').ready();
    const relayUrl = await own.start('public-api', privateUrl).ready();
    await database.stop();
    // What was found a second ago is still told.
    await until('the private API to notice', async () => (await fetch(`${privateUrl}/readyz`)).status === 503);
    const environment = { INFERENCE_URL: privateUrl, INFERENCE_TOKEN: own.adminKey };
    const found = await doctor('database', [], { environment });
    expect(found).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining('docker compose up -d postgres') });
    const through = await doctor('data', [], { environment: { ...environment, INFERENCE_URL: relayUrl } });
    expect(through).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining('postgres') });
  });

  it('names a private API that is away behind its relay', async () => {
    const own = await installation();
    const url = await own.start('public-api').url();
    const found = await doctor('private-api', [], { environment: { INFERENCE_URL: url, INFERENCE_TOKEN: own.adminKey } });
    expect(found).toMatchObject({ state: 'failed', code: 1, remedy: expect.stringContaining('docker compose up -d private-api') });
  });
});

/** A stand-in for an engine of a version; answers its socket. */
async function engine({ version, runtimes = ['runc'] }: { version: string; runtimes?: string[] }): Promise<string> {
  const socket = join(await testFolder(), 'docker.sock');
  const info = { Runtimes: Object.fromEntries(runtimes.map((name) => [name, { path: name }])) };
  const server = createServer((request, response) =>
    response.end(JSON.stringify(request.url === '/version' ? { Version: version } : info)),
  );
  await listening(server, socket);
  return socket;
}

async function listening(server: Server, place: string | number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof place === 'string') server.listen(place, resolve);
    else server.listen(place, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}

/** A PATH with nothing but an nvidia-smi on it. */
async function gpuMachine(script = 'echo "NVIDIA T4, 550.1"'): Promise<string> {
  const folder = await testFolder();
  await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

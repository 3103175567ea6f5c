import { once } from 'node:events';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { newId } from '@inference/domain';
import { has, until } from '@inference/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { docker } from '../testing/docker.ts';
import { Recorder } from '../testing/recorder.ts';
import { sentOrder } from '../testing/sent-order.ts';
import { CONSUMER, TestLauncher, type TestLauncherOptions } from '../testing/test-launcher.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { MESSAGE_BYTES_MAX, PROTOCOL_HEADER, type SentOrder } from './launcher-protocol.ts';

const BOOT = 'boot';
const GPU = 'GPU-11111111-2222-3333-4444-555555555555';

type Answer = { readonly status: number; readonly text: string };

/** Sends what it likes to a launcher's socket; answers what comes back. */
async function send(socketPath: string, path: string, body: string | object, method = 'POST', headers = {}): Promise<Answer> {
  const asked = request({ socketPath, path, method, agent: false, headers });
  asked.end(typeof body === 'string' ? body : JSON.stringify(body));
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const piece of answer) text += piece;
  return { status: answer.statusCode, text };
}

describe.skipIf(!has('docker', 'busybox'))('a launcher that a hostile consumer speaks to', () => {
  let image: TestImage;
  let launcher: TestLauncher;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(() => image?.remove());
  beforeEach(() => start());
  afterEach(async () => {
    const started = await containers();
    await launcher.close();
    expect(started, 'something was started').toBe('');
    expect(launcher.faults).toEqual([]);
  });

  async function start(options: TestLauncherOptions = {}): Promise<void> {
    launcher = await TestLauncher.open({ gpuUuids: [GPU], memoryBytesMax: 1024 ** 4, pidsMax: 5000, ...options });
  }

  /** All containers of the launcher's installation. */
  function containers(): Promise<string> {
    return docker('ps', '-aq', '--filter', `label=inference-server.installation=${launcher.installationId}-${CONSUMER}`);
  }

  async function anOrder(): Promise<SentOrder> {
    const model = testModel({ kind: 'image', image: image.name });
    return sentOrder(await testOrder({ model, script: 'true', workFolder: launcher.consumerFolder }));
  }

  const prepare = (sent: object) => send(launcher.socketPath, '/prepare', { consumer: CONSUMER, boot: BOOT, sent });
  const run = (sent: object) => send(launcher.socketPath, '/run', { consumer: CONSUMER, boot: BOOT, sent, image: image.name });

  /** What is said of an order that neither can be prepared nor run. */
  async function refusal(sent: object): Promise<string> {
    const prepared = await prepare(sent);
    const ran = await run(sent);
    for (const { text } of [prepared, ran]) expect(text).not.toContain(launcher.workFolder);
    expect(ran.text.includes('"kind":"failed"') || ran.status >= 400).toBe(true);
    return prepared.text;
  }

  it.each([
    ['a folder of the host', () => '/etc'],
    ['the folder above', ({ input }: SentOrder['folders']) => join(input, '..')],
    ['a path that leads there by dots', ({ input }: SentOrder['folders']) => `${input}/../../../../..`],
    ['the same folder in other words', ({ input }: SentOrder['folders']) => `${input}/.`],
    ['its own output', ({ output }: SentOrder['folders']) => output],
  ])('mounts no other folder than that of the attempt: %s', async (_what, place) => {
    const sent = await anOrder();
    expect(await refusal({ ...sent, folders: { ...sent.folders, input: place(sent.folders) } })).toContain('below its own WORK_DIR');
    expect(launcher.refused.length).toBeGreaterThan(0);
  });

  it('mounts no folder of another attempt, and nothing of the host as the files of a model', async () => {
    const [one, other] = [await anOrder(), await anOrder()];
    expect(await refusal({ ...one, folders: other.folders })).toContain('below its own WORK_DIR');
    for (const model of ['/etc', join(launcher.consumerFolder, 'models', '..'), join(launcher.consumerFolder, 'attempts')]) {
      expect(await refusal({ ...one, folders: { ...one.folders, model } })).toContain('below its own WORK_DIR');
    }
  });

  it('follows no link, wherever in the path it is', async () => {
    const sent = await anOrder();
    const { input } = sent.folders;
    await rm(input, { recursive: true });
    await symlink('/etc', input);
    expect(await refusal(sent)).toContain('or a link');
    const other = await anOrder();
    const [attempts, elsewhere] = [join(launcher.consumerFolder, 'attempts'), join(launcher.workFolder, '..', 'elsewhere')];
    await rename(attempts, elsewhere);
    await symlink(elsewhere, attempts);
    expect(await refusal(other)).toContain('or a link');
  });

  it.each([
    ['at the top', (sent: SentOrder) => ({ ...sent, Privileged: true })],
    ['in the limits', (sent: SentOrder) => ({ ...sent, limits: { ...sent.limits, HostConfig: { Privileged: true } } })],
    ['in the folders', (sent: SentOrder) => ({ ...sent, folders: { ...sent.folders, docker: '/var/run/docker.sock' } })],
    ['as labels', (sent: SentOrder) => ({ ...sent, labels: { 'inference-server.installation': 'other' } })],
  ])('refuses what it does not know %s, and does not leave it out', async (_where, more) => {
    const { status, text } = await prepare(more(await anOrder()));
    expect([status, text]).toEqual([400, expect.stringContaining('Unrecognized key')]);
    expect((await run(more(await anOrder()))).status).toBe(400);
  });

  it.each([
    ['a task', { taskUid: '../../etc' }],
    ['a task that is a filter of its own', { taskUid: 'a=b' }],
    ['an attempt', { attempt: 0.5 }],
    ['a GPU', { gpuUuids: ['all'] }],
    ['a loosening', { loosened: ['privileged'] }],
    ['a limit', { limits: { memoryBytes: -1 } }],
  ])('refuses what is no name of %s', async (_what, over) => {
    expect((await prepare({ ...(await anOrder()), ...over })).status).toBe(400);
  });

  it('gives no GPU, no loosening and no limits beyond its own settings', async () => {
    const sent = await anOrder();
    const gpu = GPU.replaceAll('1', '9');
    expect(await refusal({ ...sent, gpuUuids: [GPU, gpu] })).toContain(`does not give out ${gpu}`);
    expect(await refusal({ ...sent, loosened: ['new-privileges'] })).toContain('LOOSEN_ALLOWED');
    expect(await refusal({ ...sent, limits: { ...sent.limits, memoryBytes: 1024 ** 5 } })).toContain('MODEL_MEMORY_BYTES_MAX');
    expect(await refusal({ ...sent, limits: { ...sent.limits, pidsMax: 5001 } })).toContain('MODEL_PIDS_MAX');
  });

  it('runs no image that is not allowed, also where it was never asked to prepare it', async () => {
    await launcher.close();
    await start({ images: { allowed: ['registry.example/good'], pull: 'never', authFile: null, idsNeedName: true } });
    expect(await refusal(await anOrder())).toContain('IMAGES_ALLOWED');
    const id = await docker('image', 'inspect', '--format', '{{.Id}}', image.name);
    const good = 'registry.example/good/name:1';
    expect(await refusal({ ...(await anOrder()), image: good, pinnedImage: id })).toContain('IMAGES_ALLOWED');
    await docker('tag', image.name, good);
    onTestFinished(async () => void (await docker('rmi', good)));
    const allowed = await anOrder();
    expect((await prepare({ ...allowed, image: good, pinnedImage: id })).text).toContain('"kind":"ready"');
    await send(launcher.socketPath, '/sweep', { consumer: CONSUMER, boot: 'next', live: [] });
  });

  it('holds no more containers than it may', async () => {
    await launcher.close();
    await start({ containersMax: 1 });
    const [one, other] = [await anOrder(), await anOrder()];
    expect((await prepare(one)).text).toContain('"kind":"ready"');
    expect((await prepare(other)).text).toContain('CONTAINERS_MAX');
    const release = (attempt: number) =>
      send(launcher.socketPath, '/release', { consumer: CONSUMER, boot: BOOT, attempt: { taskUid: one.taskUid, attempt } });
    // Another start of the consumer does not make it forget.
    const again = await send(launcher.socketPath, '/prepare', { consumer: CONSUMER, boot: 'another', sent: other });
    expect(again.text).toContain('CONTAINERS_MAX');
    await release(1);
    expect((await prepare(other)).text).toContain('"kind":"ready"');
    await send(launcher.socketPath, '/sweep', { consumer: CONSUMER, boot: 'third', live: [] });
  });

  it('touches no container but its own, whatever it is called', async () => {
    const marker = newId();
    const labels = ['--label', `inference-server.task=${marker}`, '--label', 'inference-server.attempt=1'];
    const foreign = await docker(
      'run',
      '-d',
      '--network',
      'none',
      ...labels,
      '--label',
      'inference-server.installation=another',
      image.name,
      'sleep',
      '600',
    );
    onTestFinished(async () => void (await docker('rm', '-f', foreign)));
    const attempt = { taskUid: marker, attempt: 1 };
    const caller = { consumer: CONSUMER, boot: BOOT };
    expect((await send(launcher.socketPath, '/release', { ...caller, attempt })).status).toBe(200);
    expect((await send(launcher.socketPath, '/stop', { ...caller, attempt })).status).toBe(200);
    expect((await send(launcher.socketPath, '/sweep', { ...caller, live: [] })).text).toBe('{"gone":0}');
    const sent = await anOrder();
    const root = join(launcher.consumerFolder, 'attempts', `${marker}-1`);
    await mkdir(join(root, 'input'), { recursive: true });
    await mkdir(join(root, 'output'));
    const mine = { ...sent, taskUid: marker, folders: { input: join(root, 'input'), output: join(root, 'output'), model: null } };
    expect((await send(launcher.socketPath, '/adopt', { ...caller, sent: mine })).text).toBe('{"adopted":false}');
    expect((await send(launcher.socketPath, '/follow', { ...caller, sent: mine })).text).toContain('"gone"');
    for (const consumer of ['another', '../other', 'consumer-0']) {
      expect((await send(launcher.socketPath, '/sweep', { consumer, boot: BOOT, live: [] })).status).toBe(400);
    }
    expect(await send(launcher.socketPath, '/sweep', { consumer: 'consumer-2', boot: BOOT, live: [] })).toMatchObject({
      status: 403,
      text: expect.stringContaining('no folder of this consumer'),
    });
    expect(await docker('inspect', '--format', '{{.State.Running}}', foreign)).toBe('true');
  });

  it.each([
    ['the API of Docker', '/containers/json', 'POST', 404],
    ['a way around', '//prepare', 'POST', 404],
    ['a name of JavaScript', '/constructor', 'POST', 404],
    ['a look', '/check', 'GET', 405],
  ])('offers nothing else: %s', async (_what, path, method, status) => {
    expect(await send(launcher.socketPath, path, '', method)).toMatchObject({ status, text: expect.stringContaining('launcher') });
  });

  it('refuses a consumer of another version with a sentence, also where it only asks for its health', async () => {
    const asked = await send(launcher.socketPath, '/check', { consumer: CONSUMER, boot: BOOT }, 'POST', { [PROTOCOL_HEADER]: '0' });
    expect(asked).toEqual({ status: 400, text: expect.stringContaining('upgrade both') });
  });

  it('refuses a message that is too long, no JSON, or no HTTP', async () => {
    const long = await send(launcher.socketPath, '/sweep', `"${'x'.repeat(MESSAGE_BYTES_MAX)}"`);
    expect(long).toEqual({ status: 413, text: '{"error":"The message is too long."}' });
    expect(await send(launcher.socketPath, '/sweep', '{"consumer"')).toMatchObject({
      status: 400,
      text: expect.stringContaining('no JSON'),
    });
    const socket = await open();
    let said = '';
    socket.on('data', (bytes) => (said += bytes));
    socket.write('\x00\x01 hello\r\n\r\n');
    await once(socket, 'close');
    expect(said).toContain('This is no HTTP request.');
  });

  it('cuts a message that does not end, and goes on serving others meanwhile', async () => {
    await launcher.close();
    await start({ messageMs: 500 });
    const socket = await open();
    const closed = once(socket, 'close');
    let said = '';
    socket.on('data', (bytes) => (said += bytes));
    socket.write('POST /prepare HTTP/1.1\r\nhost: launcher\r\ncontent-length: 1000\r\n\r\n{"consumer":');
    expect((await send(launcher.socketPath, '/check', { consumer: CONSUMER, boot: BOOT })).status).toBe(200);
    await closed;
    expect(said).toContain('was not whole within 0.5 s');
  });

  it('hears no more connections than it may, and all again once there is room', async () => {
    await launcher.close();
    await start({ connectionsMax: 3 });
    const taken = await Promise.all([open(), open(), open()]);
    await expect(send(launcher.socketPath, '/check', { consumer: CONSUMER, boot: BOOT })).rejects.toThrow();
    expect(await launcher.runtime().check()).toMatchObject({ ok: false, reason: expect.stringContaining('ended the connection') });
    for (const socket of taken) socket.destroy();
    await until('the launcher to have room', async () => (await launcher.runtime().check()).ok);
  });

  async function open(): Promise<Socket> {
    const socket = connect(launcher.socketPath);
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  it('lets an honest consumer be served beside all that', async () => {
    const order = await testOrder({
      model: testModel({ kind: 'image', image: image.name }),
      script: 'echo fine',
      workFolder: launcher.consumerFolder,
    });
    const [runtime, said, never] = [launcher.runtime(), new Recorder(), new AbortController().signal];
    const prepared = await runtime.prepare(order, said, never);
    if (prepared.kind !== 'ready') throw new Error(prepared.failure.reason);
    await prepare({ ...(await anOrder()), Privileged: true });
    expect(await runtime.run(order, prepared.image, said, never)).toMatchObject({ kind: 'done', warnings: [] });
    await runtime.release(order);
    expect(said.stdout).toBe('fine\n');
  });
});

import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModelRuntime, Prepared } from '../model-runtime.ts';
import { busyboxImage } from '../testing/busybox-image.ts';
import { docker, SOCKET_PATH } from '../testing/docker.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { type TestRegistry, testRegistry } from '../testing/test-registry.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';

function runtime(pullStallMs = 30_000, socketPath = SOCKET_PATH): ModelRuntime {
  return createDockerRuntime({ docker: { socketPath }, installationId: 'prepare-test', clock: systemClock, stopGraceMs: 300, pullStallMs });
}

async function prepare(
  image: string,
  { pinned = null as string | null, stallMs = 30_000, signal = new AbortController().signal, said = new Recorder() } = {},
): Promise<Prepared> {
  const order = { ...(await testOrder({ model: testModel({ kind: 'image', image }), script: '' })), pinnedImage: pinned };
  const own = runtime(stallMs);
  try {
    return await own.prepare(order, said, signal);
  } finally {
    await own.release(order);
  }
}

async function registry(): Promise<TestRegistry> {
  const made = await testRegistry(await testFolder());
  onTestFinished(async () => {
    await made.close();
    for (const name of [made.image, made.image.replace(/:1$/, `@${made.digest}`)])
      await docker('image', 'rm', '--force', name).catch(() => {});
  });
  return made;
}

describe.skipIf(!has('docker', 'busybox'))('preparing the image of a model', () => {
  it('pulls a missing image, tells how far it is, and pins what came by its digest', async () => {
    const { image, digest } = await registry();
    const said = new Recorder();
    expect(await prepare(image, { said })).toEqual({ kind: 'ready', image: image.replace(/:1$/, `@${digest}`) });
    expect(said.progress[0]).toMatch(/^pulling image/);
  });

  it('asks no registry for an image that is present', async () => {
    const source = await registry();
    const first = await prepare(source.image);
    const asked = source.requests;
    expect(await prepare(source.image)).toEqual(first);
    expect(source.requests).toBe(asked);
  });

  it('pins an image that no registry knows by its id', async () => {
    const image = await busyboxImage('CMD ["true"]');
    onTestFinished(image.remove);
    expect(await prepare(image.name)).toEqual({
      kind: 'ready',
      image: await docker('image', 'inspect', '--format', '{{.Id}}', image.name),
    });
  });

  it('says before the input is there that an image has no command', async () => {
    const image = await busyboxImage();
    onTestFinished(image.remove);
    expect(await prepare(image.name)).toMatchObject({ kind: 'failed', failure: { class: 'invalid_model' } });
  });

  it('takes a pinned image as it is, though the name has another one by now', async () => {
    const { image, digest } = await registry();
    const pinned = image.replace(/:1$/, `@${digest}`);
    expect(await prepare('another-name:1', { pinned })).toEqual({ kind: 'ready', image: pinned });
  });

  it('does not take another image for a pinned one that this machine does not have', async () => {
    const image = await busyboxImage();
    onTestFinished(image.remove);
    const answer = await prepare(image.name, { pinned: `sha256:${'0'.repeat(64)}` });
    expect(answer).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: expect.stringContaining('earlier attempt') },
    });
  });

  it.each([
    {
      what: 'a tag that is not there',
      fault: { on: 'manifest', status: 404, code: 'MANIFEST_UNKNOWN' },
      is: 'image_unavailable',
      says: 'no such image or tag',
    },
    {
      what: 'a registry that wants a login',
      fault: { on: 'manifest', status: 401, code: 'UNAUTHORIZED' },
      is: 'image_unavailable',
      says: 'login',
    },
    { what: 'a registry that denies it', fault: { on: 'manifest', status: 403, code: 'DENIED' }, is: 'image_unavailable', says: 'login' },
    {
      what: 'a registry that is asked too often',
      fault: { on: 'manifest', status: 429, code: 'TOOMANYREQUESTS' },
      is: 'infrastructure',
      says: 'too often',
    },
    { what: 'a registry with a fault', fault: { on: 'manifest', status: 500, code: 'UNKNOWN' }, is: 'infrastructure', says: '500' },
    {
      what: 'a manifest under another digest',
      fault: { on: 'manifest', damaged: true },
      is: 'infrastructure',
      says: 'damaged',
      byDigest: true,
    },
    { what: 'a registry that falls silent', fault: { on: 'blob', silent: true }, is: 'infrastructure', says: 'sent nothing for 0.5 s' },
  ] as const)('answers for $what: $is', async ({ fault, is, says, ...rest }) => {
    const source = await registry();
    source.fault = fault;
    const image = 'byDigest' in rest ? source.image.replace(/:1$/, `@${source.digest}`) : source.image;
    const answer = await prepare(image, { stallMs: says.includes('0.5 s') ? 500 : 30_000 });
    expect(answer).toMatchObject({ kind: 'failed', failure: { class: is, reason: expect.stringContaining(says) } });
  });

  it('tries again later when the registry cannot be reached', async () => {
    const source = await registry();
    await source.close();
    expect(await prepare(source.image)).toMatchObject({
      failure: { class: 'infrastructure', reason: expect.stringContaining('cannot be reached') },
    });
  });

  it.each(['../containers/json?x', 'Model With Blanks', 'a:b:c', '', 'x'.repeat(500)])(
    'refuses %j as the name of an image',
    async (image) => {
      expect(await prepare(image)).toMatchObject({
        failure: { class: 'image_unavailable', reason: expect.stringContaining('not the name') },
      });
    },
  );

  it('ends a pull when the signal is aborted, with a rejection', async () => {
    const source = await registry();
    source.fault = { on: 'blob', silent: true };
    const stop = new AbortController();
    const pulling = prepare(source.image, { signal: stop.signal });
    pulling.catch(() => {});
    await until('the registry to be asked for a blob', () => source.requests >= 2);
    stop.abort();
    await expect(pulling).rejects.toThrow('aborted');
  });

  it('refuses a model in a folder', async () => {
    const order = await testOrder({ model: testModel({ kind: 'folder', folder: 'x' }), script: '' });
    const answer = await runtime().prepare(order, new Recorder(), new AbortController().signal);
    expect(answer).toMatchObject({ failure: { class: 'invalid_model' } });
  });
});

it('gives up, without a word of the registry, when the engine dies during a pull', async () => {
  const folder = await testFolder();
  const dying = createServer((socket) => {
    socket.once('data', (request) => {
      if (request.toString().includes('/json')) socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}');
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => dying.listen(join(folder, 'engine.sock'), resolve));
  onTestFinished(() => void dying.close());
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
  const answer = await runtime(30_000, join(folder, 'engine.sock')).prepare(order, new Recorder(), new AbortController().signal);
  expect(answer).toMatchObject({ failure: { class: 'infrastructure', reason: expect.stringContaining('ended the connection') } });
});

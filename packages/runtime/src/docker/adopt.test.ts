import { systemClock } from '@inference/domain';
import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelRuntime, RunOrder } from '../model-runtime.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { docker, SOCKET_PATH } from '../testing/docker.ts';
import { EngineProxy } from '../testing/engine-proxy.ts';
import { aMarker, livingProcesses } from '../testing/living-processes.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { LABELS } from './labels.ts';

const never = new AbortController().signal;
const installationId = `adopt-${process.pid}`;

function runtime(socketPath = SOCKET_PATH): ModelRuntime {
  return createDockerRuntime({ docker: { socketPath }, installationId, clock: systemClock, stopGraceMs: 300 });
}

function containerOf({ taskUid }: RunOrder): Promise<string> {
  return docker('ps', '-aq', '--filter', `label=${LABELS.task}=${taskUid}`);
}

describe.skipIf(!has('docker', 'busybox'))('a model whose consumer has died', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(async () => {
    await runtime().sweep([]);
    await image?.remove();
  });

  /** Runs a script in a consumer that loses its engine once the model has said "up", as one that dies does. */
  async function orphaned(script: string): Promise<RunOrder> {
    const { proxy, socketPath } = await EngineProxy.open();
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script });
    const said = new Recorder();
    const running = runtime(socketPath).run(order, image.name, said, never);
    await until('the model to be up', () => said.stdout.includes('up'));
    await until('the engine to be asked for the end', () => proxy.requests.some((line) => line.includes('/wait')));
    proxy.breakOff();
    expect(await running).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure' }, mayLive: true });
    return order;
  }

  async function ended(order: RunOrder): Promise<void> {
    await docker('wait', await containerOf(order));
  }

  it('is followed to its end by the next one, which hears all that it has printed and prints', async () => {
    const order = await orphaned('echo up; echo early >&2; while [ ! -e /output/go ]; do sleep 0.1; done; echo late; exit 3');
    const next = runtime();
    const adopted = await next.adopt(order);
    expect(await next.sweep([])).toBe(0);
    const said = new Recorder();
    const following = adopted?.follow(said, never);
    await until('what it has printed', () => said.stdout === 'up\n' && said.stderr === 'early\n');
    await docker('exec', await containerOf(order), 'touch', '/output/go');
    expect(await following).toMatchObject({ kind: 'failed', failure: { class: 'model_error', exitCode: 3 } });
    expect([said.stdout, said.stderr, said.closings]).toEqual(['up\nlate\n', 'early\n', 1]);
    await next.release(order);
    expect(await containerOf(order)).toBe('');
  });

  it('counts as done when it has ended well meanwhile, even if it should be stopped now', async () => {
    const order = await orphaned('echo up; while [ ! -e /output/go ]; do sleep 0.1; done; echo done > /output/x');
    await docker('exec', await containerOf(order), 'touch', '/output/go');
    await ended(order);
    const next = runtime();
    const adopted = await next.adopt(order);
    const said = new Recorder();
    expect(await adopted?.follow(said, AbortSignal.abort())).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.stdout).toBe('up\n');
    await next.release(order);
  });

  it('is stopped by the next one when it should be', async () => {
    const marker = aMarker();
    const order = await orphaned(`trap "" TERM; echo up; while true; do sleep ${marker}; done`);
    const next = runtime();
    const stop = new AbortController();
    const following = (await next.adopt(order))?.follow(new Recorder(), stop.signal);
    stop.abort();
    expect(await following).toMatchObject({ kind: 'stopped' });
    expect(await livingProcesses(marker)).toEqual([]);
    await next.release(order);
  });

  it('is not adopted when it was killed meanwhile, nor when its container was made and never started', async () => {
    const order = await orphaned('echo up; sleep 600');
    await docker('kill', await containerOf(order));
    expect(await runtime().adopt(order)).toBeNull();
    const unstarted = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'true' });
    expect(await runtime().prepare(unstarted, new Recorder(), never)).toMatchObject({ kind: 'ready' });
    expect(await runtime().adopt(unstarted)).toBeNull();
    for (const each of [order, unstarted]) await runtime().release(each);
  });

  it.each([
    { how: 'stopped it', commands: ['stop'] },
    { how: 'stopped and started it again', commands: ['stop', 'start'] },
    { how: 'started it a second time', commands: ['wait', 'start', 'wait'], script: 'echo up; sleep 1' },
  ])('is not adopted when others have meanwhile $how, though it ended well', async ({ commands, script }) => {
    const order = await orphaned(script ?? 'trap "exit 0" TERM; echo up; while true; do sleep 0.1; done');
    for (const command of commands) await docker(command, await containerOf(order));
    expect(await runtime().adopt(order)).toBeNull();
    await runtime().release(order);
  });

  it('is not taken for gone by a consumer that cannot ask the engine', async () => {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'true' });
    await expect(runtime('/nowhere/engine.sock').adopt(order)).rejects.toThrow('Docker is not reachable');
    await expect(runtime('/nowhere/engine.sock').release(order)).rejects.toThrow('Docker is not reachable');
  });
});

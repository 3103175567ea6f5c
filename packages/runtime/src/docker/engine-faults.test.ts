import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@inference/domain';
import { FakeClock, has, testFolder, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelRuntime } from '../model-runtime.ts';
import { OutputRelay } from '../output-relay.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { SOCKET_PATH } from '../testing/docker.ts';
import { EngineProxy } from '../testing/engine-proxy.ts';
import { hungEngine } from '../testing/hung-engine.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { CHECK_LIMIT_MS } from './create-container-runtime.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { DAEMON_LIMITS_MS, Daemon } from './daemon.ts';
import { readOutput } from './follow-output.ts';
import { ALIVE_EVERY_MS, waitOrStop } from './wait-or-stop.ts';

const never = new AbortController().signal;
const installationId = `faults-${process.pid}`;

function runtime(socketPath: string, clock: Clock = systemClock): ModelRuntime {
  return createDockerRuntime({ docker: { socketPath }, installationId, clock, stopGraceMs: 300 });
}

describe('an engine that cannot be asked', () => {
  it('is named as missing when its socket does not exist', async () => {
    const answer = await runtime(join(await testFolder(), 'none.sock')).check();
    expect(answer).toEqual({ ok: false, reason: expect.stringContaining('install Docker') });
  });

  it('is named as not running when nobody listens', async () => {
    const path = join(await testFolder(), 'dead.sock');
    await writeFile(path, '');
    expect(await runtime(path).check()).toEqual({ ok: false, reason: expect.stringContaining('not running') });
  });

  it('is named as hung when it does not answer, after 5 seconds', async () => {
    const clock = new FakeClock();
    const { socketPath, asked } = await hungEngine();
    const checking = runtime(socketPath, clock).check();
    await until('the question to arrive', asked);
    clock.advance(CHECK_LIMIT_MS);
    expect(await checking).toEqual({ ok: false, reason: 'Docker did not say its version within 5 s.' });
  });

  it('ends a run as a fault of the machine when it hangs before the start', async () => {
    const clock = new FakeClock();
    const { socketPath, asked } = await hungEngine();
    const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
    const running = runtime(socketPath, clock).run(order, 'any:1', new Recorder(), never);
    await until('the question to arrive', asked);
    clock.advance(DAEMON_LIMITS_MS.look);
    expect(await running).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: expect.stringContaining('within 10 s') },
    });
  });
});

describe('an engine that never answers', () => {
  it('has no connection of us any more when it was given up: as it was asked how it is, ...', async () => {
    const clock = new FakeClock();
    const { socketPath, asked, connections } = await hungEngine();
    const checking = runtime(socketPath, clock).check();
    await until('the question to arrive', asked);
    clock.advance(CHECK_LIMIT_MS);
    expect(await checking).toMatchObject({ ok: false });
    await until('the connection to end', () => connections() === 0);
  });

  it('... for an image, ...', async () => {
    const clock = new FakeClock();
    const { socketPath, asked, connections } = await hungEngine();
    const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
    const preparing = runtime(socketPath, clock).prepare(order, new Recorder(), never);
    await until('the question to arrive', asked);
    clock.advance(DAEMON_LIMITS_MS.look);
    expect(await preparing).toMatchObject({ kind: 'failed', failure: { reason: 'Docker did not look for an image within 10 s.' } });
    await until('the connection to end', () => connections() === 0);
  });

  it('... for what a model has printed, ...', async () => {
    const clock = new FakeClock();
    const { socketPath, asked, connections } = await hungEngine();
    const daemon = new Daemon({ socketPath }, clock);
    const container = await daemon.unlimited('find a container', async (docker) => docker.getContainer('any'));
    const reading = readOutput(container, daemon, new OutputRelay(new Recorder()));
    await until('the question to arrive', asked);
    clock.advance(DAEMON_LIMITS_MS.look);
    await expect(reading).rejects.toThrow('Docker did not read the output of a container within 10 s.');
    await until('the connection to end', () => connections() === 0);
  });

  it('... and to stop a model, and whether it lives', async () => {
    const clock = new FakeClock();
    const { socketPath, connections } = await hungEngine();
    const daemon = new Daemon({ socketPath }, clock);
    const container = await daemon.unlimited('find a container', async (docker) => docker.getContainer('any'));
    const stopping = waitOrStop(container, { daemon, clock, signal: AbortSignal.abort(), stopGraceMs: 0 });
    await until('the wait and the stop to arrive', () => connections() === 2);
    clock.advance(ALIVE_EVERY_MS);
    await until('the question whether it lives to arrive', () => connections() === 3);
    clock.advance(DAEMON_LIMITS_MS.change);
    await expect(stopping).rejects.toThrow('Docker did not stop a container within 60 s.');
    await until('the connections to end', () => connections() === 0);
  });
});

describe.skipIf(!has('docker', 'busybox'))('an engine that fails while a model runs', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(async () => {
    await runtime(SOCKET_PATH).sweep([]);
    await image?.remove();
  });

  async function runThrough(clock: Clock) {
    const { proxy, socketPath } = await EngineProxy.open();
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'echo up; sleep 600' });
    const said = new Recorder();
    const running = runtime(socketPath, clock).run(order, image.name, said, never);
    await until('the model to be up', () => said.stdout.includes('up'));
    // Its output may come before the engine has answered the start.
    await until('the engine to be asked for the end', () => proxy.requests.some((line) => line.includes('/wait')));
    return { proxy, running };
  }

  it('ends the run as a fault of the machine when it dies', async () => {
    const { proxy, running } = await runThrough(systemClock);
    proxy.breakOff();
    expect(await running).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: expect.stringContaining('ended the connection') },
    });
  });

  it('ends the run as a fault of the machine when it hangs', async () => {
    const clock = new FakeClock();
    const { proxy, running } = await runThrough(clock);
    proxy.hang();
    clock.advance(ALIVE_EVERY_MS);
    await until('the engine to be asked whether it lives', () => proxy.swallowed > 0);
    clock.advance(DAEMON_LIMITS_MS.look);
    expect(await running).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: 'Docker did not answer within 10 s.' },
    });
  });
});

// Models that somebody else ends, or the engine as it ends itself, while their consumer watches.

import { type Clock, systemClock } from '@inference/domain';
import { FakeClock, has, until } from '@inference/testing';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEnd, RunOrder } from '../model-runtime.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { docker, SOCKET_PATH } from '../testing/docker.ts';
import { EngineProxy } from '../testing/engine-proxy.ts';
import { startGpuEngine } from '../testing/gpu-engine.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { LABELS } from './labels.ts';
import { DRAIN_LIMIT_MS } from './see-to-end.ts';

const NEVER = new AbortController().signal;
const ENGINE_START_MS = 60_000;
/** An engine remembers so many; one that was started anew, none. */
const REMEMBERED_EVENTS_MAX = 256;
/** Ends well when it is told to end, with half of its output, as many models do. */
const ENDS_WELL = 'trap "exit 0" TERM; echo up; while [ ! -e /output/go ]; do sleep 0.1; done';
const UNKNOWN = { kind: 'failed', failure: { class: 'infrastructure', reason: expect.stringContaining('not by us') }, mayLive: true };

function runtime(socketPath = SOCKET_PATH, clock: Clock = systemClock) {
  return createDockerRuntime({ docker: { socketPath }, installationId: `others-${process.pid}`, clock, stopGraceMs: 300 });
}

function containerOf({ taskUid }: RunOrder): Promise<string> {
  return docker('ps', '-aq', '--filter', `label=${LABELS.task}=${taskUid}`);
}

describe.skipIf(!has('docker', 'busybox'))('a model that others end while its consumer watches', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(async () => {
    await runtime().sweep([]);
    await image?.remove();
  });

  /** Runs a script, does something to its container once it has said "up", and answers how it ended. */
  async function meets(script: string, act: (container: string) => Promise<unknown>): Promise<RunEnd> {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script });
    const said = new Recorder();
    const running = runtime().run(order, image.name, said, NEVER);
    await until('the model to be up', () => said.stdout.includes('up'));
    await act(await containerOf(order));
    const end = await running;
    await runtime().release(order);
    return end;
  }

  it.each([
    { how: 'is stopped', act: (container: string) => docker('stop', container) },
    { how: 'is sent TERM', act: (container: string) => docker('kill', '--signal=TERM', container) },
    { how: 'is started again', act: (container: string) => docker('restart', container) },
  ])('is not done though it ends well: one that $how', async ({ act }) => {
    expect(await meets(ENDS_WELL, act)).toMatchObject(UNKNOWN);
  });

  it('is not done where it had ended well, and was started again before its end was looked at', async () => {
    const script = 'echo up; [ -e /output/ran ] && sleep 600; touch /output/ran';
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script });
    expect(await runtime().run(order, image.name, new Recorder(), NEVER)).toMatchObject({ kind: 'done' });
    const [clock, said] = [new FakeClock(), new Recorder()];
    const next = runtime(SOCKET_PATH, clock);
    const adopted = await next.adopt(order);
    await docker('start', await containerOf(order));
    const following = adopted?.follow(said, NEVER);
    await until('its output to be waited for', () => said.stdout === 'up\nup\n');
    clock.advance(DRAIN_LIMIT_MS);
    expect(await following).toMatchObject(UNKNOWN);
    await next.release(order);
  });

  it('is done where it ends by itself after a signal that ends no program, or one that it sent itself', async () => {
    const wake = async (container: string) => {
      await docker('kill', '--signal=WINCH', container);
      await docker('exec', container, 'touch', '/output/go');
    };
    expect(await meets(ENDS_WELL, wake)).toMatchObject({ kind: 'done', warnings: [] });
    expect(await meets('trap "exit 0" TERM; echo up; kill -TERM $$; sleep 600', async () => {})).toMatchObject({ kind: 'done' });
  });

  it('is not done either where the next process of the consumer follows it, and is where it ends by itself', async () => {
    for (const [act, expected] of [
      [(container: string) => docker('stop', container), UNKNOWN],
      [(container: string) => docker('exec', container, 'touch', '/output/go'), { kind: 'done', warnings: [] }],
    ] as const) {
      const { proxy, socketPath } = await EngineProxy.open();
      const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: ENDS_WELL });
      const said = new Recorder();
      const running = runtime(socketPath).run(order, image.name, said, NEVER);
      await until('the model to be up', () => said.stdout.includes('up'));
      proxy.breakOff();
      await running;
      const next = runtime();
      const adopted = await next.adopt(order);
      // As soon as can be: it is not listened to yet.
      await act(await containerOf(order));
      await docker('wait', await containerOf(order));
      expect(await adopted?.follow(new Recorder(), NEVER)).toMatchObject(expected);
      await next.release(order);
    }
  });
});

describe.skipIf(!has('docker', 'busybox', 'root'))('a model whose engine is stopped while its consumer watches', () => {
  it('is not done though it ends well', { timeout: 2 * ENGINE_START_MS }, async () => {
    const engine = await startGpuEngine([]);
    const order = await testOrder({ model: testModel({ kind: 'image', image: engine.image }), script: ENDS_WELL });
    const said = new Recorder();
    const running = runtime(engine.socketPath).run(order, engine.image, said, NEVER);
    await until('the model to be up', () => said.stdout.includes('up')).finally(() => engine.stop());
    expect(await running).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure' }, mayLive: true });
  });
});

describe.skipIf(!has('docker', 'busybox', 'root'))('a model that has ended well while its consumer was away', () => {
  it('is adopted though the engine has forgotten how it ended, and not where that was started again since', {
    timeout: 2 * ENGINE_START_MS,
  }, async () => {
    const engine = await startGpuEngine([]);
    const { image, socketPath } = engine;
    try {
      const [ended, lives] = await Promise.all(
        ['echo up', 'trap "" WINCH; echo up; sleep 600'].map((script) => testOrder({ model: testModel({ kind: 'image', image }), script })),
      );
      expect(await runtime(socketPath).run(ended as RunOrder, image, new Recorder(), NEVER)).toMatchObject({ kind: 'done' });
      const stop = new AbortController();
      const said = new Recorder();
      const running = runtime(socketPath).run(lives as RunOrder, image, said, stop.signal);
      await until('the other model to be up', () => said.stdout.includes('up'));
      expect(await runtime(socketPath).adopt(ended as RunOrder)).not.toBeNull();
      const api = new Docker({ socketPath });
      const [other] = await api.listContainers();
      for (let event = 0; event < REMEMBERED_EVENTS_MAX; event++) await api.getContainer(other?.Id ?? '').kill({ signal: 'WINCH' });
      expect(await runtime(socketPath).adopt(ended as RunOrder)).not.toBeNull();
      stop.abort();
      await running;
      await engine.restart();
      expect(await runtime(socketPath).adopt(ended as RunOrder)).toBeNull();
    } finally {
      await engine.stop();
    }
  });
});

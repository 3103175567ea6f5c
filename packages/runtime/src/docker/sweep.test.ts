import { systemClock } from '@inference/domain';
import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelRuntime, RunOrder } from '../model-runtime.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { docker, SOCKET_PATH } from '../testing/docker.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';
import { LABELS } from './labels.ts';

const OURS = `sweep-${process.pid}`;
const THEIRS = `${OURS}-other`;

function runtime(installationId: string): ModelRuntime {
  return createDockerRuntime({ docker: { socketPath: SOCKET_PATH }, installationId, clock: systemClock, stopGraceMs: 300 });
}

/** How many containers an attempt has. */
async function containers({ taskUid }: RunOrder): Promise<number> {
  return (await docker('ps', '-aq', '--filter', `label=${LABELS.task}=${taskUid}`)).split('\n').filter(Boolean).length;
}

describe.skipIf(!has('docker', 'busybox'))('sweeping after the Docker runtime', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(async () => {
    await Promise.all([runtime(OURS).sweep([]), runtime(THEIRS).sweep([])]);
    await image?.remove();
  });

  async function ran(owner: ModelRuntime): Promise<RunOrder> {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'true' });
    await owner.run(order, image.name, new Recorder(), new AbortController().signal);
    return order;
  }

  it('removes what belongs to no live attempt, and nothing of another installation', async () => {
    const [dead, live, theirs] = [await ran(runtime(OURS)), await ran(runtime(OURS)), await ran(runtime(THEIRS))];
    expect(await runtime(OURS).sweep([live])).toBe(1);
    expect([await containers(dead), await containers(live), await containers(theirs)]).toEqual([0, 1, 1]);
    await runtime(THEIRS).release(live);
    expect(await containers(live)).toBe(1);
    await runtime(OURS).release(live);
    expect(await containers(live)).toBe(0);
  });

  it('spares a run of its own that is not in the list yet, and ends one of a consumer that is gone', async () => {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'echo up; sleep 600' });
    const consumer = runtime(OURS);
    const said = new Recorder();
    const running = consumer.run(order, image.name, said, new AbortController().signal);
    await until('the model to be up', () => said.stdout.includes('up'));
    expect(await consumer.sweep([])).toBe(0);
    expect(await runtime(OURS).sweep([])).toBe(1);
    expect(await running).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure' } });
    expect(await containers(order)).toBe(0);
  });

  it('leaves what it made to release when a run is stopped before its start', async () => {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script: 'echo up' });
    const stop = new AbortController();
    const said = new Recorder();
    const running = runtime(OURS).run(order, image.name, said, stop.signal);
    stop.abort();
    expect([await running, said.stdout]).toEqual([{ kind: 'stopped' }, '']);
    await runtime(OURS).release(order);
    expect(await containers(order)).toBe(0);
  });
});

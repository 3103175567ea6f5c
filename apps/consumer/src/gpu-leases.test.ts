// GPUs from the claim until they are free again: a consumer, the private API, and a real database. What stands in is the engine.

import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceInfo } from '@inference/contracts';
import { directControlPlane } from '@inference/private-api';
import { givenModel, givenTask, testDeps } from '@inference/private-api/testing';
import { createInProcessQueue } from '@inference/queue';
import { TearDown } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { DeviceWatch } from './device-watch.ts';
import { startConsumer } from './start-consumer.ts';
import { Board } from './testing/board.ts';
import { testConsumerDeps } from './testing/open-lane.ts';
import { Stage } from './testing/stage.ts';

const UUIDS = ['GPU-a', 'GPU-b'];
const devices = UUIDS.map((uuid): DeviceInfo => ({ uuid, name: 'G', memoryBytes: 80e9, kind: 'gpu', groups: [], trouble: null }));

/** A platform, and processes of one consumer with two GPUs, one after the other. */
async function setup({ modelsOutliveUs = true } = {}) {
  const platform = await testDeps();
  await givenModel(platform, 'train', true);
  const base = await testConsumerDeps(new Board(), createInProcessQueue(), { gpuUuids: UUIDS });
  let clock = new FakeClock();
  const start = async () => {
    // For one that was killed no time passes any more.
    clock = new FakeClock();
    const stage = new Stage(false);
    const runtime = Object.assign(stage.runtime(), { modelsOutliveUs });
    const lanes = [{ pool: 'docker-gpu', slots: 2, runtime }] as const;
    const node = () => ({ ...base.node(), devices });
    const memoryUsed = async () => new Map(UUIDS.map((uuid) => [uuid, 7_000]));
    const watch = new DeviceWatch(devices, { source: { list: async () => devices, memoryUsed }, clock, log: base.log });
    const deps: Deps = { ...base, clock, control: directControlPlane(platform), bootId: randomUUID(), lanes, node, devices: watch };
    const stop = new TearDown();
    await startConsumer(deps, stop);
    // What still runs is handed back.
    onTestFinished(() => {
      stop.hurry();
      return stop.run();
    });
    return stage;
  };
  const poll = (what: string, condition: () => boolean | Promise<boolean>) =>
    until(what, async () => {
      clock.advance(DEFAULT_TIMING.idlePollMs);
      return await condition();
    });
  const held = async () => {
    const rows = await platform.db.$queryRaw<{ uuid: string }[]>`SELECT device_uuid AS uuid FROM device_lease WHERE ended_at IS NULL`;
    return rows.map(({ uuid }) => uuid).toSorted();
  };
  const stateOf = async (uid: string) => (await platform.db.task.findUniqueOrThrow({ where: { uid } })).state;
  const peakOf = async (uid: string) => {
    const [row] = await platform.db.$queryRaw<{ peak: bigint | null }[]>`
      SELECT gpu_memory_peak_bytes AS peak FROM attempt WHERE task_id = (SELECT id FROM task WHERE uid = ${uid})`;
    return row?.peak;
  };
  return { start, poll, held, stateOf, peakOf, workFolder: base.workFolder, task: () => givenTask(platform, 'train') };
}

const usedBy = (stage: Stage) => stage.orders.flatMap(({ gpuUuids }) => gpuUuids);

describe('a consumer with GPUs', () => {
  it('runs a task on each, and the next one where a model has ended', async () => {
    const { start, poll, held, stateOf, task } = await setup();
    const uids = [await task(), await task(), await task()];
    const stage = await start();
    await poll('two models', () => stage.started === 2);
    expect([usedBy(stage).toSorted(), await held()]).toEqual([UUIDS, UUIDS]);
    await stage.endOne();
    await poll('the third model', () => stage.started === 3);
    expect(stage.ran[2]?.gpuUuids).toEqual(stage.ran[0]?.gpuUuids);
    for (const _ of [1, 2]) await stage.endOne();
    await poll('all ends', async () => (await Promise.all(uids.map(stateOf))).every((state) => state === 'succeeded'));
    await poll('free GPUs', async () => (await held()).length === 0);
  });

  it('tells how much memory of its GPU a model used', async () => {
    const { start, poll, stateOf, peakOf, task } = await setup();
    const uid = await task();
    const stage = await start();
    await poll('the model', () => stage.started === 1);
    await poll('a look', () => true);
    await stage.endOne();
    await poll('its end', async () => (await stateOf(uid)) === 'succeeded');
    expect(await peakOf(uid)).toBe(7_000n);
  });

  it('goes on after a kill with what still runs, on the same GPU, which nobody else gets', async () => {
    const { start, poll, held, stateOf, task, workFolder } = await setup();
    const uid = await task();
    const killed = await start();
    await poll('its model', () => killed.started === 1);
    await poll('the note of it', () => stat(join(workFolder, 'attempts', `${uid}-1`, 'attempt.json')).then(Boolean, () => false));
    const [own = ''] = usedBy(killed);
    const stage = await start();
    await task();
    await poll('both models', () => stage.started === 2);
    expect([usedBy(stage).at(0), usedBy(stage).toSorted(), await held()]).toEqual([own, UUIDS, UUIDS]);
    await stage.endOne();
    await poll('its end', async () => (await stateOf(uid)) === 'succeeded');
    await poll('its free GPU', async () => !(await held()).includes(own));
  });

  it('has its GPUs back after a kill that no model outlives', async () => {
    const { start, poll, held, task } = await setup({ modelsOutliveUs: false });
    await task();
    await task();
    const killed = await start();
    await poll('both models', () => killed.started === 2);
    const stage = await start();
    await poll('both models again', () => stage.started === 2);
    expect([usedBy(stage).toSorted(), await held()]).toEqual([UUIDS, UUIDS]);
  });
});

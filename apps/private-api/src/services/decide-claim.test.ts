// Who gets which GPUs, as consumers ask for work. Times are the database's: tasks are made older by their rows.

import { newId, type ResourceAsks } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import type { Store } from '../store/store.ts';
import { claim, givenModel, givenTask, succeeded, TESTER, type TestDeps, testDeps } from '../testing/test-deps.ts';
import { testMachine } from '../testing/test-machine.ts';
import { expireLease } from './expire-lease.ts';
import { forgetConsumer } from './forget-consumer.ts';

const NO_TAILS = { stdout: [], stderr: [] };
const MINUTE_MS = 60_000;

type Hello = {
  bootId?: string;
  gpus?: number;
  labels?: Record<string, string>;
  gone?: { taskUid: string; attempt: number }[];
  holding?: { taskUid: string; attempt: number }[];
};

async function lab(gpus = 4) {
  const deps = await testDeps();
  await givenModel(deps, 'train', true);
  await givenModel(deps, 'echo', false);
  const control = directControlPlane(deps);
  const hello = (consumerId = 'c1', { bootId = 'b1', gpus: count = gpus, labels = {}, gone = [], holding = [] }: Hello = {}) =>
    control.hello({
      ...{ consumerId, bootId, pools: ['docker-gpu', 'docker-cpu'], gpus: count, trouble: {}, gone, holding },
      node: { ...testMachine(count, consumerId), labels },
    });
  await hello();
  const task = async (asks: ResourceAsks, { minutes = 60, owner = TESTER.owner, model = 'train' } = {}) => {
    const uid = await givenTask(deps, model, undefined, owner);
    await deps.db.task.update({ where: { uid }, data: { asks, timeLimitMs: minutes * MINUTE_MS } });
    return uid;
  };
  const ask = (consumerId = 'c1', bootId = 'b1') => control.claim({ claimId: newId(), consumerId, bootId, pools: ['docker-gpu'] });
  const live = () => deps.db.$queryRaw<object[]>`SELECT device_uuid FROM device_lease WHERE ended_at IS NULL`;
  return { deps, control, hello, task, ask, live };
}

async function end(deps: TestDeps, attempt: NonNullable<Awaited<ReturnType<typeof claim>>>) {
  await directControlPlane(deps).report(attempt, await succeeded(deps, attempt), NO_TAILS);
}

describe('a consumer with GPUs', () => {
  it('is given whole cards, each to one attempt at a time', async () => {
    const { task, ask, live } = await lab(2);
    await task({});
    await task({});
    await task({});
    const [one, other, none] = [await ask(), await ask(), await ask()];
    expect([one?.gpuUuids, other?.gpuUuids].flat().toSorted()).toEqual(['c1-0', 'c1-1']);
    expect(none).toBeNull();
    expect(await live()).toHaveLength(2);
  });

  it('gives one card to one of many claims that come at once', async () => {
    const { task, ask } = await lab(1);
    for (let count = 0; count < 5; count++) await task({});
    const claims = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(claims.filter((attempt) => attempt !== null)).toHaveLength(1);
  });

  it('gives nothing to who asked so long ago that it may have given up', async () => {
    const { deps, task, live } = await lab(1);
    await task({});
    let nowMs = 0;
    const slow = { ...deps, clock: { ...deps.clock, monotonicMs: () => nowMs } };
    const before = Promise.withResolvers<void>();
    void slow.decisions.run(() => before.promise);
    const asked = directControlPlane(slow).claim({ claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-gpu'] });
    // The process stood still meanwhile.
    nowMs = MINUTE_MS;
    before.resolve();
    expect(await asked).toBeNull();
    expect(await live()).toEqual([]);
  });

  it('shares a limit with claims of other tasks that another process decides at the same time', async () => {
    const { deps, hello, task } = await lab(1);
    await hello('c2', { gpus: 2 });
    await task({ gpus: 2 });
    await task({});
    await deps.db.$executeRaw`UPDATE model SET running_max = 1`;
    // Both have looked before either takes something.
    const looked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const readQueue: Store['readQueue'] = async (...asked) => {
      const queue = await deps.store.readQueue(...asked);
      looked.shift()?.resolve();
      await Promise.all(all);
      return queue;
    };
    const all = looked.map(({ promise }) => promise);
    const store = { ...deps.store, readQueue };
    const claimAt = (consumerId: string) =>
      directControlPlane({ ...deps, store, decisions: new OneAtATime() }).claim({
        ...{ claimId: newId(), consumerId, bootId: 'b1', pools: ['docker-gpu'] },
      });
    const claims = await Promise.all([claimAt('c1'), claimAt('c2')]);
    expect(claims.filter((attempt) => attempt !== null)).toHaveLength(1);
  });

  it('is answered a repeated claim with the same cards', async () => {
    const { control, task } = await lab();
    await task({ gpus: 2 });
    await task({ gpus: 2 });
    const request = { claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-gpu' as const] };
    const first = await control.claim(request);
    expect(first?.gpuUuids).toHaveLength(2);
    expect(await control.claim(request)).toEqual(first);
  });

  it('keeps the cards of an attempt that is over until the consumer says that nothing of it runs any more', async () => {
    const { deps, control, task, ask } = await lab(1);
    await task({});
    await task({});
    const first = (await ask())!;
    await end(deps, first);
    expect(await ask()).toBeNull();
    await expect(control.freeDevices({ ...first, token: newId() })).rejects.toThrow('This attempt is over');
    expect(await ask()).toBeNull();
    await control.freeDevices(first);
    expect(await ask()).toMatchObject({ gpuUuids: ['c1-0'] });
    await control.freeDevices(first);
    expect(await ask()).toBeNull();
  });

  it('is asked about the cards of its earlier boots, but for what it goes on with, and gets back those of which it says that nothing runs', async () => {
    const { hello, task, ask } = await lab(2);
    for (let count = 0; count < 4; count++) await task({});
    const [kept, left] = [(await ask())!, (await ask())!];
    const named = ({ taskUid, attempt }: typeof kept) => ({ taskUid, attempt });
    expect((await hello('c1', { bootId: 'b2', holding: [named(kept)] })).leftovers).toEqual([named(left)]);
    expect(await ask('c1', 'b2')).toBeNull();
    expect((await hello('c1', { bootId: 'b2', holding: [named(kept)], gone: [named(left)] })).leftovers).toEqual([]);
    expect(await ask('c1', 'b2')).toMatchObject({ gpuUuids: left.gpuUuids });
    expect(await ask('c1', 'b2')).toBeNull();
  });

  it('is asked about the cards of an attempt that is lost, whose claim may have been answered to nobody', async () => {
    const { deps, hello, task, ask } = await lab(2);
    for (let count = 0; count < 3; count++) await task({});
    const [heard, unheard] = [(await ask())!, (await ask())!];
    const named = { taskUid: unheard.taskUid, attempt: unheard.attempt };
    expect((await hello()).leftovers).toEqual([]);
    const { id: taskId } = await deps.db.task.findUniqueOrThrow({ where: { uid: unheard.taskUid } });
    expect(await expireLease(deps, { taskId, attempt: unheard.attempt, heartbeat: 0 })).toBe(true);
    const lost = await hello('c1', { holding: [{ taskUid: heard.taskUid, attempt: heard.attempt }] });
    expect(lost.leftovers).toEqual([named]);
    expect((await hello('c1', { gone: [named] })).leftovers).toEqual([]);
    expect(await ask()).toMatchObject({ gpuUuids: unheard.gpuUuids });
  });

  it('keeps its cards when a hello of an earlier boot comes late', async () => {
    const { hello, task, ask, live } = await lab(1);
    await task({});
    await hello('c1', { bootId: 'b2' });
    await ask('c1', 'b2');
    await hello('c1', { bootId: 'b1' });
    expect(await live()).toHaveLength(1);
  });

  it('says nothing of the cards of others', async () => {
    const { hello, task, ask, live } = await lab(1);
    await task({});
    const { taskUid, attempt } = (await ask())!;
    await hello('c2', { gone: [{ taskUid, attempt }] });
    expect(await live()).toHaveLength(1);
  });

  it('leaves its cards to others once an operator says that it is gone', async () => {
    const { deps, hello, task, ask, live } = await lab(1);
    await task({});
    await ask();
    await forgetConsumer(deps, 'c1', TESTER);
    expect(await live()).toEqual([]);
    await task({});
    await hello();
    expect(await ask()).toMatchObject({ gpuUuids: ['c1-0'] });
  });

  it('never gets a card that an attempt of another consumer on the same machine holds', async () => {
    const { control, task, ask } = await lab(1);
    await control.hello({ consumerId: 'c2', bootId: 'b1', pools: ['docker-gpu'], gpus: 1, trouble: {}, node: testMachine(1, 'c1') });
    await task({});
    await task({});
    expect(await ask('c1')).not.toBeNull();
    expect(await ask('c2')).toBeNull();
  });

  it('gets nothing that asks for a card where it does not say which it has', async () => {
    const { control, task, ask } = await lab(1);
    await control.hello({ consumerId: 'old', bootId: 'b1', pools: ['docker-gpu'], gpus: 1, trouble: {} });
    await task({});
    expect(await ask('old')).toBeNull();
  });
});

describe('four cards', () => {
  it('serve A, who asks for two, and C, who asks for one, at once, and then B, who asks for three', async () => {
    const { deps, control, task, ask } = await lab(4);
    const a = await task({ gpus: 2 }, { minutes: 60 });
    const b = await task({ gpus: 3 });
    const c = await task({ gpus: 1 }, { minutes: 600 });
    const [first, second, third] = [await ask(), await ask(), await ask()];
    expect([first?.taskUid, second?.taskUid, third]).toEqual([a, c, null]);
    await end(deps, first!);
    await control.freeDevices(first!);
    expect(await ask()).toMatchObject({ taskUid: b });
  });

  it('keep C waiting where it would delay B', async () => {
    const { deps, control, task, ask } = await lab(4);
    const a = await task({ gpus: 2 }, { minutes: 60 });
    expect((await ask())?.taskUid).toBe(a);
    const d = await task({ gpus: 1 }, { minutes: 120 });
    const held = await ask();
    expect(held?.taskUid).toBe(d);
    const b = await task({ gpus: 3 });
    const c = await task({ gpus: 1 }, { minutes: 600 });
    const short = await task({ gpus: 1 }, { minutes: 10 });
    expect((await ask())?.taskUid).toBe(short);
    expect(await ask()).toBeNull();
    await end(deps, held!);
    await control.freeDevices(held!);
    // Now B can have three when A is over, and one beside them is idle.
    expect((await ask())?.taskUid).toBe(c);
    expect((await deps.db.task.findUnique({ where: { uid: b } }))?.state).toBe('queued');
  });
});

describe('what a task asks for', () => {
  it('is a machine with its labels', async () => {
    const { hello, task, ask } = await lab(1);
    await hello('c2', { gpus: 1, labels: { site: 'b2' } });
    const uid = await task({ labels: { site: 'b2' } });
    expect(await ask('c1')).toBeNull();
    expect(await ask('c2')).toMatchObject({ taskUid: uid });
  });

  it('is room that others leave, also without a GPU', async () => {
    const { deps, control, task } = await lab(0);
    const big = { memoryBytes: 40 * 1024 ** 3 };
    await task(big, { model: 'echo' });
    await task(big, { model: 'echo' });
    const plain = await task({}, { model: 'echo' });
    const ask = () => control.claim({ claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] });
    const first = (await ask())!;
    expect(await ask()).toMatchObject({ taskUid: plain });
    expect(await ask()).toBeNull();
    await end(deps, first);
    expect(await ask()).not.toBeNull();
  });

  it('is no more than so many running, of its model and of its owner', async () => {
    const { deps, control, task } = await lab(0);
    await deps.db.model.updateMany({ where: { humanReadableId: 'echo' }, data: { runningMax: 1 } });
    await givenModel(deps, 'other', false);
    await task({}, { model: 'echo' });
    await task({}, { model: 'echo' });
    const mine = await task({}, { model: 'other', owner: 'anna' });
    const second = await task({}, { model: 'other', owner: 'anna' });
    await deps.db.task.updateMany({ where: { uid: { in: [mine, second] } }, data: { runningMax: 1 } });
    const ask = () => control.claim({ claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] });
    const claims = [await ask(), await ask(), await ask()];
    expect(claims.map((attempt) => attempt?.model.humanReadableId).toSorted()).toEqual(['echo', 'other', undefined]);
  });
});

describe('whose turn it is', () => {
  it('is that of the owner who has used least, whoever was first', async () => {
    const { deps, task } = await lab(0);
    for (let count = 0; count < 3; count++) await task({}, { owner: 'anna', model: 'echo' });
    for (let count = 0; count < 2; count++) await task({}, { owner: 'ben', model: 'echo' });
    const order: string[] = [];
    for (let count = 0; count < 5; count++) {
      const attempt = (await claim(deps))!;
      order.push((await deps.db.task.findUnique({ where: { uid: attempt.taskUid } }))?.owner ?? '');
    }
    expect(order).toEqual(['anna', 'ben', 'anna', 'ben', 'anna']);
  });

  it('counts what an owner has used in the last days, the older the less', async () => {
    const { deps, task } = await lab(0);
    await deps.db.$executeRaw`INSERT INTO owner_use VALUES ('anna', 3600000, now()), ('ben', 3600000 * 4, now() - interval '3 days')`;
    await task({}, { owner: 'anna', model: 'echo' });
    const ben = await task({}, { owner: 'ben', model: 'echo' });
    expect((await claim(deps))?.taskUid).toBe(ben);
  });

  it('counts the time of a card until it is given back', async () => {
    const { deps, control, task, ask } = await lab(2);
    await task({ gpus: 2 }, { owner: 'anna' });
    const attempt = (await ask())!;
    await deps.db.$executeRaw`UPDATE device_lease SET taken_at = now() - interval '1 hour'`;
    await control.freeDevices(attempt);
    const [use] = await deps.db.$queryRaw<{ millis: bigint }[]>`SELECT gpu_millis AS millis FROM owner_use WHERE owner = 'anna'`;
    expect(Number(use?.millis) / 3_600_000).toBeCloseTo(2, 1);
  });
});

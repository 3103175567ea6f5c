// What happens to a task between its POST and its end, as a consumer drives it through the control plane.

import { newId, type Outcome } from '@inference/domain';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { directControlPlane } from '../direct-control-plane.ts';
import { settleGpuTasks } from '../loops/settle-gpu-tasks.ts';
import { claim, claimed, contentOf, givenModel, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { testMachine } from '../testing/test-machine.ts';
import { deleteTask } from './delete-task.ts';
import { downloadOutput } from './download-output.ts';
import { renewLease } from './renew-lease.ts';

const NEVER = new AbortController().signal;
const NO_TAILS = { stdout: [], stderr: [] };
const fault: Outcome = { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } };
const modelError: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } };

async function setup() {
  const deps = await testDeps();
  await givenModel(deps);
  const uid = await givenTask(deps);
  return { deps, uid, control: directControlPlane(deps), task: async () => (await deps.store.findTask(uid))! };
}

describe('a task', () => {
  it('is queued, with its input safe in the store, once it is accepted', async () => {
    const { deps, task } = await setup();
    const { state, inputKey, inputBytes } = await task();
    expect(state).toBe('queued');
    expect((await contentOf(deps, inputKey))?.length).toBe(Number(inputBytes));
  });

  it('rings its pool', async () => {
    const { deps } = await setup();
    const heard: string[] = [];
    deps.queue.listen('docker-cpu', async (uid) => {
      heard.push(uid);
    });
    const second = await givenTask(deps);
    await until('the ring', () => heard.includes(second));
  });

  it('is claimed by one of many consumers that ask at once', async () => {
    const { deps, task } = await setup();
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim(deps)));
    expect(claims.filter((attempt) => attempt !== null)).toHaveLength(1);
    expect(await task()).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('answers a repeated claim with the same attempt', async () => {
    const { deps } = await setup();
    const claimId = newId();
    const first = await claim(deps, ['docker-cpu'], claimId);
    const again = await claim(deps, ['docker-cpu'], claimId);
    expect(again).toEqual(first);
    expect(await deps.db.attempt.count()).toBe(1);
  });

  it('is not claimed by a consumer of another pool', async () => {
    const { deps } = await setup();
    expect(await claim(deps, ['process', 'docker-gpu'])).toBeNull();
  });

  it('is not claimed by a consumer that still has an attempt at it, but by another one', async () => {
    const { uid, control } = await setup();
    const claimOf = (consumerId: string, holding: string[]) =>
      control.claim({ claimId: newId(), consumerId, bootId: 'b1', pools: ['docker-cpu'], holding });
    expect(await claimOf('c1', [uid])).toBeNull();
    expect(await claimOf('c2', [newId()])).toMatchObject({ taskUid: uid });
  });

  it('is taken by age, with its head start', async () => {
    const { deps, uid } = await setup();
    const second = await givenTask(deps);
    const urgent = await givenTask(deps);
    await deps.db.task.update({ where: { uid: urgent }, data: { orderKey: 5n } });
    const order = [await claimed(deps), await claimed(deps), await claimed(deps)].map((attempt) => attempt.taskUid);
    expect(order).toEqual([urgent, uid, second]);
  });

  it('succeeds with the output that its attempt reported', async () => {
    const { deps, uid, control, task } = await setup();
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    expect(await control.report(attempt, outcome, { stdout: ['hello'], stderr: [] })).toBe('recorded');
    const { state, outputKey, outputSha256 } = await task();
    expect(state).toBe('succeeded');
    expect(outputKey).not.toBeNull();
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ kind: 'output', sha256: outputSha256 });
    expect(await deps.db.attempt.findFirst()).toMatchObject({ outcome: 'succeed', stdoutTail: ['hello'] });
  });

  it('takes the same report twice, and no other one after it', async () => {
    const { deps, control, task } = await setup();
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    await control.report(attempt, outcome, NO_TAILS);
    const before = await task();
    expect(await control.report(attempt, outcome, NO_TAILS)).toBe('recorded');
    await expect(succeeded(deps, attempt, 'another result')).rejects.toMatchObject({ code: 'stale' });
    expect(await control.report(attempt, modelError, NO_TAILS)).toBe('stale');
    expect(await task()).toEqual(before);
  });

  it('takes no success from an attempt that has handed its task back', async () => {
    const { deps, control, task } = await setup();
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    await control.report(attempt, { kind: 'hand_back', reason: 'drained' }, NO_TAILS);
    expect(await control.report(attempt, outcome, NO_TAILS)).toBe('stale');
    expect(await task()).toMatchObject({ state: 'queued', outputKey: null });
  });

  it('refuses a report that names an output which is not in the store', async () => {
    const { deps, control, task } = await setup();
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    if (outcome.kind !== 'succeed') throw new Error('unreachable');
    await deps.files.delete(outcome.output.key);
    await expect(control.report(attempt, outcome, NO_TAILS)).rejects.toMatchObject({ code: 'bad_request' });
    expect((await task()).state).toBe('running');
  });

  it('fails at once when the model fails, with the reason', async () => {
    const { deps, uid, control, task } = await setup();
    expect(await control.report(await claimed(deps), modelError, NO_TAILS)).toBe('recorded');
    expect(await task()).toMatchObject({ state: 'failed', failureClass: 'model_error', failureReason: 'exit code 3', failureExitCode: 3 });
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ kind: 'none', reason: 'exit code 3', error: { status: 552 } });
  });

  it('is tried again after a fault of the machine, three times, and then fails', async () => {
    const { deps, control, task } = await setup();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await control.report(await claimed(deps), fault, NO_TAILS);
      expect(await task()).toMatchObject({ state: 'queued', attempt, infrastructureFaults: attempt });
    }
    await control.report(await claimed(deps), fault, NO_TAILS);
    expect(await task()).toMatchObject({ state: 'failed', failureClass: 'infrastructure', attempt: 4 });
  });

  it('is tried again as often as its model asks for when the model failed, whatever machines did, and then fails', async () => {
    const { deps, control, task } = await setup();
    await deps.db.$executeRaw`UPDATE model SET retries_max = 2`;
    await control.report(await claimed(deps), fault, NO_TAILS);
    for (let attempt = 2; attempt <= 3; attempt++) {
      await control.report(await claimed(deps), modelError, NO_TAILS);
      expect(await task()).toMatchObject({ state: 'queued', attempt, infrastructureFaults: 1, modelFaults: attempt - 1 });
    }
    await control.report(await claimed(deps), modelError, NO_TAILS);
    expect(await task()).toMatchObject({ state: 'failed', failureClass: 'model_error', attempt: 4 });
  });

  it('ends at once when the model ran out of time, however often it asks to be tried again', async () => {
    const { deps, control, task } = await setup();
    await deps.db.$executeRaw`UPDATE model SET retries_max = 5`;
    await control.report(await claimed(deps), { kind: 'fail', failure: { class: 'timeout', reason: 'too long' } }, NO_TAILS);
    expect(await task()).toMatchObject({ state: 'failed', failureClass: 'timeout' });
  });

  it('waits for its back-off before it is tried again', async () => {
    const { deps } = await setup();
    const slow = { ...deps, random: () => 0.999 };
    await directControlPlane(slow).report(await claimed(deps), fault, NO_TAILS);
    expect(await claim(deps)).toBeNull();
    await deps.db.$executeRaw`UPDATE task SET available_at = now()`;
    expect(await claim(deps)).not.toBeNull();
  });

  it('goes back uncharged when its consumer drains', async () => {
    const { deps, control, task } = await setup();
    await control.report(await claimed(deps), { kind: 'hand_back', reason: 'drain' }, NO_TAILS);
    expect(await task()).toMatchObject({ state: 'queued', infrastructureFaults: 0 });
    expect((await claimed(deps)).attempt).toBe(2);
  });

  it('takes nothing from an older attempt once a newer one exists', async () => {
    const { deps, control, task } = await setup();
    const old = await claimed(deps);
    const lateOutcome = await succeeded(deps, old);
    await control.report(old, fault, NO_TAILS);
    const newer = await claimed(deps);
    const before = await task();
    expect(await renewLease(deps, old)).toBe('stale');
    expect(await control.report(old, lateOutcome, NO_TAILS)).toBe('stale');
    await expect(control.fetchInput(old, '/nowhere', NEVER)).rejects.toMatchObject({ code: 'stale' });
    expect(await task()).toEqual(before);
    expect(await renewLease(deps, newer)).toBe('continue');
  });

  it('takes nothing with a wrong token', async () => {
    const { deps, control, task } = await setup();
    const attempt = { ...(await claimed(deps)), token: newId() };
    expect(await renewLease(deps, attempt)).toBe('stale');
    expect(await control.report(attempt, modelError, NO_TAILS)).toBe('stale');
    await expect(control.pinImage(attempt, 'x', NEVER)).rejects.toMatchObject({ code: 'stale' });
    expect((await task()).state).toBe('running');
  });

  it('keeps the image that its first attempt found', async () => {
    const { deps, control, task } = await setup();
    const first = await claimed(deps);
    expect(await control.pinImage(first, 'echo@sha256:1', NEVER)).toBe('echo@sha256:1');
    await control.report(first, fault, NO_TAILS);
    const second = await claimed(deps);
    expect(second.pinnedImage).toBe('echo@sha256:1');
    expect(await control.pinImage(second, 'echo@sha256:2', NEVER)).toBe('echo@sha256:1');
    expect((await task()).pinnedImage).toBe('echo@sha256:1');
  });
});

describe('deleting a task', () => {
  it('cancels a queued one, and it is unknown at once', async () => {
    const { deps, uid, task } = await setup();
    await deleteTask(deps, uid, null, TESTER);
    expect(await task()).toMatchObject({ state: 'cancelled', failureClass: 'cancelled' });
    await expect(downloadOutput(deps, uid, null)).rejects.toMatchObject({ code: 'task_not_found' });
    await expect(deleteTask(deps, uid, null, TESTER)).rejects.toMatchObject({ code: 'task_not_found' });
    expect(await claim(deps)).toBeNull();
  });

  it('stops a running one through its next renewal, and its late result is not kept', async () => {
    const { deps, uid, control, task } = await setup();
    const attempt = await claimed(deps);
    await deleteTask(deps, uid, null, TESTER);
    expect((await task()).state).toBe('cancelling');
    expect(await renewLease(deps, attempt)).toBe('stop');
    expect(await control.report(attempt, await succeeded(deps, attempt), NO_TAILS)).toBe('recorded');
    expect(await task()).toMatchObject({ state: 'cancelled', outputKey: null });
  });
});

describe('a consumer that says hello again after a restart', () => {
  it('gives back at once what its earlier boot held', async () => {
    const { deps, control, task } = await setup();
    await claimed(deps);
    await control.hello({ consumerId: 'c1', bootId: 'b2', pools: ['docker-cpu'], gpus: 0, trouble: {}, folderModels: [], holding: [] });
    expect(await task()).toMatchObject({ state: 'queued', infrastructureFaults: 1 });
    expect((await claimed(deps)).attempt).toBe(2);
  });

  it('leaves alone what it holds itself', async () => {
    const { deps, control, task } = await setup();
    await claimed(deps);
    await control.hello({ consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'], gpus: 0, trouble: {}, folderModels: [], holding: [] });
    expect((await task()).state).toBe('running');
  });
});

describe('a task for a GPU', () => {
  const hello = (deps: Deps, gpus: number) =>
    directControlPlane(deps).hello({
      consumerId: 'c1',
      bootId: 'b1',
      pools: ['docker-cpu', 'docker-gpu'],
      gpus,
      node: testMachine(gpus),
      trouble: {},
      folderModels: [],
      holding: [],
    });

  async function gpuTask(settings = {}) {
    const deps = await testDeps(settings);
    await givenModel(deps, 'gpu', true);
    const submit = () => givenTask(deps, 'gpu');
    return { deps, submit, state: async (uid: string) => (await deps.store.findTask(uid))! };
  }

  it('waits while no consumer is known', async () => {
    const { deps, submit, state } = await gpuTask();
    const uid = await submit();
    expect((await state(uid)).state).toBe('queued');
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ reason: 'Waiting: no consumer has started yet.' });
  });

  it('ends as impossible where no consumer has a GPU when it comes; what was accepted before waits on, with a reason', async () => {
    const { deps, submit, state } = await gpuTask();
    const before = await submit();
    await hello(deps, 0);
    const after = await submit();
    expect(await state(before)).toMatchObject({ state: 'queued', pool: 'docker-gpu' });
    expect(await downloadOutput(deps, before, null)).toMatchObject({ reason: expect.stringContaining('no consumer with one was seen') });
    expect(await state(after)).toMatchObject({ state: 'failed', failureClass: 'impossible' });
    expect((await state(after)).failureReason).toContain('ALLOW_CPU_FALLBACK');
    const events = await deps.db.event.findMany({ where: { task: { uid: after } }, orderBy: { id: 'asc' } });
    expect(events.map(({ kind }) => kind)).toEqual(['submitted', 'failed']);
  });

  it('waits on where a consumer without one greets first after a weekend, and runs once the GPU is back', async () => {
    const { deps, submit, state } = await gpuTask();
    await hello(deps, 1);
    const uid = await submit();
    await deps.db.$executeRaw`UPDATE consumer SET seen_at = now() - interval '60 hours'`;
    await deps.db.$executeRaw`UPDATE task SET available_at = now() - interval '60 hours'`;
    const first = { consumerId: 'cpu', bootId: 'b1', pools: ['docker-cpu' as const], gpus: 0, trouble: {}, folderModels: [], holding: [] };
    await directControlPlane(deps).hello(first);
    await settleGpuTasks(deps).runOnce();
    expect((await state(uid)).state).toBe('queued');
    await hello(deps, 1);
    expect((await claim(deps, ['docker-gpu']))?.taskUid).toBe(uid);
  });

  it('waits where the GPUs of a consumer cannot be listed now', async () => {
    const { deps, submit, state } = await gpuTask();
    const trouble = { 'docker-gpu': 'nvidia-smi failed.' };
    await directControlPlane(deps).hello({
      consumerId: 'c1',
      bootId: 'b1',
      pools: ['docker-gpu'],
      gpus: 0,
      trouble,
      folderModels: [],
      holding: [],
    });
    const uid = await submit();
    expect((await state(uid)).state).toBe('queued');
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ reason: 'Waiting: nvidia-smi failed.' });
  });

  it('runs without one where the admin allows it', async () => {
    const { deps, submit, state } = await gpuTask({ allowCpuFallback: true });
    await hello(deps, 0);
    expect(await state(await submit())).toMatchObject({ state: 'queued', pool: 'docker-cpu' });
  });

  it('waits for its turn where a consumer has one', async () => {
    const { deps, submit, state } = await gpuTask();
    await hello(deps, 1);
    expect(await state(await submit())).toMatchObject({ state: 'queued', pool: 'docker-gpu' });
  });
});

describe('why a task waits', () => {
  it('is told by how many are before it, of which no more are counted than are told', async () => {
    const { deps, uid, control } = await setup();
    await control.hello({ consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'], gpus: 0, trouble: {}, folderModels: [], holding: [] });
    const before = (count: number) => deps.db.$executeRaw`
      INSERT INTO task (uid, model_id, owner, pool, order_key, input_key, input_bytes, input_sha256)
      SELECT 'u' || n || '-' || ${count}::int, model_id, owner, pool, order_key - 1, input_key, input_bytes, input_sha256
      FROM task, generate_series(1, ${count}::int) AS n WHERE task.uid = ${uid}`;
    await before(999);
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ reason: 'Waiting for a free slot; 999 tasks are before this one.' });
    await before(500);
    expect(await downloadOutput(deps, uid, null)).toMatchObject({
      reason: 'Waiting for a free slot; at least 1000 tasks are before this one.',
    });
  });

  it('is told from the trouble of the consumers that serve its pool', async () => {
    const { deps, uid, control } = await setup();
    const reason = async () => {
      const answer = await downloadOutput(deps, uid, null);
      return answer.kind === 'none' ? answer.reason : '';
    };
    const consumer = { consumerId: 'c1', bootId: 'b1', gpus: 0 };
    await control.hello({ ...consumer, pools: ['process'], trouble: {}, folderModels: [], holding: [] });
    expect(await reason()).toBe('Waiting: no consumer serves the pool docker-cpu.');
    await control.hello({
      ...consumer,
      pools: ['process', 'docker-cpu'],
      trouble: { 'docker-cpu': 'Docker is not reachable.' },
      folderModels: [],
      holding: [],
    });
    expect(await reason()).toBe('Waiting: Docker is not reachable.');
    await control.hello({ ...consumer, pools: ['process', 'docker-cpu'], trouble: {}, folderModels: [], holding: [] });
    expect(await reason()).toBe('Waiting for a free slot.');
  });
});

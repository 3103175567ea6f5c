import { CPU_TASK_SHARE } from '@inference/allocator';
import type { Task } from '@inference/contracts';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { finishAttempt } from '../services/finish-attempt.ts';
import { renewLease } from '../services/renew-lease.ts';
import { claim, claimed, givenModel, succeeded, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';
import { endOverdueTasks } from './end-overdue-tasks.ts';

const NO_TAILS = { stdout: [], stderr: [] };

/** A server with a task that was given 60 seconds. */
async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  await givenModel(deps);
  const client = await v1Client(deps);
  const zip = await zipOf({ 'in.txt': 'hello' });
  const task = (await client.postZip(zip, {}, '/models/echo/tasks?deadline_seconds=60')).json();
  const now = async () => (await client.ask(`/tasks/${task.id}`)).json();
  const pass = () => endOverdueTasks(deps).runOnce();
  /** The deadline comes. */
  const late = () => deps.db.$executeRaw`UPDATE task SET deadline_at = now() - interval '1 ms'`;
  return { deps, ...client, zip, task, now, pass, late };
}

/** The seconds that a task was given. */
function given({ created_at: from, deadline_at: until }: Task): number {
  return (Date.parse(until ?? '') - Date.parse(from)) / 1000;
}

describe('a task with a deadline', () => {
  it('says when that is, is not ended before, and one without says nothing', async () => {
    const { task, now, pass, postZip, zip } = await setup();
    expect(given(task)).toBe(60);
    await pass();
    expect(await now()).toMatchObject({ state: 'queued', deadline_at: task.deadline_at });
    expect((await postZip(zip)).json().deadline_at).toBeNull();
  });

  it('that comes in the JSON part options has the one that these say', async () => {
    const { post, zip } = await setup();
    const form = new FormData();
    form.append('options', JSON.stringify({ deadline_seconds: 7 }));
    form.append('input', new Blob([new Uint8Array(zip)]), 'in.zip');
    expect(given((await post('/models/echo/tasks?deadline_seconds=99', form)).json())).toBe(7);
  });

  it('fails as expired where it still waits, and is not started any more', async () => {
    const { deps, now, pass, late } = await setup();
    await late();
    expect(await claim(deps)).toBeNull();
    await pass();
    const reason = 'The task did not end within its deadline of 60 seconds: it was still waiting for its turn.';
    expect(await now()).toMatchObject({
      state: 'failed',
      failure: { class: 'expired', reason: `${reason} Send it again with a larger deadline_seconds.` },
      attempts: [],
    });
  });

  it('fails as expired where it runs: its holder hears that it is over, and no report counts any more', async () => {
    const { deps, now, pass, late } = await setup();
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    await late();
    await pass();
    const before = await now();
    expect(before).toMatchObject({
      state: 'failed',
      failure: { class: 'expired', reason: expect.stringContaining('its model was still running, and is stopped') },
      attempts: [{ number: 1, outcome: 'fail', failure: { class: 'expired' } }],
    });
    expect(before.history.at(-1)).toMatchObject({ kind: 'failed', attempt: 1, text: before.failure?.reason });
    expect(await renewLease(deps, attempt)).toBe('stale');
    expect(await finishAttempt(deps, attempt, outcome, NO_TAILS)).toBe('stale');
    const tooLong = { kind: 'fail', failure: { class: 'infrastructure', reason: 'late' } } as const;
    await directControlPlane(deps).report(attempt, tooLong, NO_TAILS);
    expect(await now()).toEqual(before);
  });

  it('counts as use of its owner for as long as it ran, once', async () => {
    const { deps, pass, late } = await setup();
    const attempt = await claimed(deps);
    await deps.db.$executeRaw`UPDATE attempt SET started_at = now() - interval '1 hour'`;
    const outcome = await succeeded(deps, attempt);
    await late();
    await pass();
    const used = async () => {
      const rows = await deps.db.$queryRaw<{ millis: number }[]>`SELECT gpu_millis::float8 AS millis FROM owner_use`;
      return rows.map(({ millis }) => Math.round(millis / (CPU_TASK_SHARE * 3_600_000)));
    };
    expect(await used()).toEqual([1]);
    await finishAttempt(deps, attempt, outcome, NO_TAILS);
    await pass();
    expect(await used()).toEqual([1]);
  });

  it('that has ended, or is being cancelled, stays as it is', async () => {
    const { deps, now, pass, late, task, post, postZip, zip } = await setup();
    const attempt = await claimed(deps);
    await finishAttempt(deps, attempt, await succeeded(deps, attempt), NO_TAILS);
    const second = (await postZip(zip, {}, '/models/echo/tasks?deadline_seconds=60')).json();
    await claimed(deps);
    await post(`/tasks/${second.id}/cancel`);
    await late();
    await pass();
    expect((await now()).state).toBe('succeeded');
    const { state } = await deps.db.task.findUniqueOrThrow({ where: { uid: second.id } });
    expect([state, task.state]).toEqual(['cancelling', 'queued']);
  });

  it('has all of its time again when an operator puts it back, and so has a retry', async () => {
    const { now, pass, late, task, post } = await setup();
    await late();
    await pass();
    expect(given((await post(`/tasks/${task.id}/retry`)).json())).toBe(60);
    expect((await post(`/tasks/${task.id}/requeue`)).status).toBe(200);
    const { state, deadline_at: until } = await now();
    expect(state).toBe('queued');
    expect(Date.parse(until ?? '')).toBeGreaterThan(Date.parse(task.deadline_at ?? '') - 1);
    await pass();
    expect((await now()).state).toBe('queued');
  });
});

import { expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { viewTask } from '../services/view-task.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { DELETED_MAX, deleteOldEvents } from './delete-old-events.ts';

const DAY_SECONDS = 86_400;

async function setup() {
  const deps = await testDeps({ keepEventsSeconds: 10 * DAY_SECONDS });
  await givenModel(deps);
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const age = (days: number) => deps.db.$executeRaw`UPDATE event SET at = now() - make_interval(days => ${days}::int)`;
  const end = async () => finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
  const pass = () => deleteOldEvents(deps).runOnce();
  return { deps, uid, age, end, pass, kinds: async () => (await viewTask(deps, uid, null)).history.map(({ kind }) => kind) };
}

it('forgets what happened to a task that has ended, once it is old, and keeps how it ended', async () => {
  const { deps, uid, age, end, pass, kinds } = await setup();
  await end();
  await age(9);
  await pass();
  expect(await kinds()).toEqual(['submitted', 'claimed', 'succeeded']);
  await age(11);
  await pass();
  expect(await kinds()).toEqual([]);
  const view = await viewTask(deps, uid, null);
  expect([view.state, view.attempts.map(({ outcome }) => outcome), view.startedAt, view.finishedAt]).toEqual([
    'succeeded',
    ['succeed'],
    expect.any(Date),
    expect.any(Date),
  ]);
});

it('forgets nothing of a task that waits or runs, however long', async () => {
  const { age, pass, kinds } = await setup();
  await age(4_000);
  await pass();
  expect(await kinds()).toEqual(['submitted', 'claimed']);
});

it('goes on in one pass where there are more than one statement takes', async () => {
  const { deps, age, end, pass } = await setup();
  await end();
  await deps.db.$executeRaw`INSERT INTO event (task_id, kind) SELECT id, 'queued' FROM task, generate_series(1, ${DELETED_MAX}::int)`;
  await age(11);
  await pass();
  expect(await deps.db.event.count()).toBe(0);
});

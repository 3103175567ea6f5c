import { newId } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { claimed, givenModel, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { cancelTask } from './cancel-task.ts';
import { deleteTask } from './delete-task.ts';
import { expireLease } from './expire-lease.ts';
import { finishAttempt } from './finish-attempt.ts';
import { keepLive } from './keep-live.ts';
import { renewLease } from './renew-lease.ts';
import { requeueTask } from './requeue-task.ts';

const NO_TAILS = { stdout: [], stderr: [] };
const LIVE = { pieces: [], progress: { fraction: 0.5, text: '' } };

/** A platform with a claimed task, and the tasks whose changes are told. */
async function setup() {
  const made = await testDeps();
  const told: string[] = [];
  const deps = { ...made, news: { ...made.news, tell: (uid: string) => void told.push(uid) } };
  await givenModel(deps);
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const row = await deps.db.task.findUniqueOrThrow({ where: { uid }, select: { id: true } });
  const lease = { taskId: row.id, attempt: 1, heartbeat: 0 };
  return { deps, uid, attempt, lease, told };
}

type World = Awaited<ReturnType<typeof setup>>;

describe('a change of a task is told once it is committed', () => {
  it.each<[string, (world: World) => Promise<unknown>]>([
    ['progress', ({ deps, attempt }) => keepLive(deps, attempt, LIVE)],
    ['success', async ({ deps, attempt }) => finishAttempt(deps, attempt, await succeeded(deps, attempt), NO_TAILS)],
    ['a failure', ({ deps, attempt }) => finishAttempt(deps, attempt, { kind: 'hand_back', reason: 'drained' }, NO_TAILS)],
    ['a cancel', ({ deps, uid }) => cancelTask(deps, uid, null, TESTER)],
    ['a deletion', ({ deps, uid }) => deleteTask(deps, uid, null, TESTER)],
    ['the end of a silent lease', ({ deps, lease }) => expireLease(deps, lease)],
  ])('%s', async (_what, change) => {
    const world = await setup();
    // The claim.
    expect(world.told.splice(0)).toEqual([world.uid]);
    await change(world);
    expect(world.told).toEqual([world.uid]);
  });

  it('the return of a lost attempt, and its requeue after that', async () => {
    const { deps, uid, attempt, lease, told } = await setup();
    await expireLease(deps, lease);
    told.length = 0;
    expect(await renewLease(deps, attempt)).toBe('continue');
    expect(told).toEqual([uid]);
    await renewLease(deps, attempt);
    expect(told).toHaveLength(1);
    await finishAttempt(deps, attempt, { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 1' } }, NO_TAILS);
    await requeueTask(deps, uid, null, TESTER);
    expect(told).toHaveLength(3);
  });

  it('and what changes nothing is not', async () => {
    const { deps, attempt, told } = await setup();
    told.length = 0;
    const stale = { ...attempt, token: newId() };
    await expect(keepLive(deps, stale, LIVE)).rejects.toMatchObject({ code: 'stale' });
    expect(await finishAttempt(deps, stale, { kind: 'hand_back', reason: 'drained' }, NO_TAILS)).toBe('stale');
    expect(told).toEqual([]);
  });
});

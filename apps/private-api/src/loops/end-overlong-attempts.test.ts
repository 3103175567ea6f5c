import { describe, expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { renewLease } from '../services/renew-lease.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { AROUND_MS, endOverlongAttempts, GRACE_MS } from './end-overlong-attempts.ts';

const LIMIT_MS = 60_000;
const STEP_MS = 30_000;
const NO_TAILS = { stdout: [], stderr: [] };

/** A task that runs, whose consumer keeps renewing. */
async function setup() {
  const deps = await testDeps();
  await givenModel(deps);
  await deps.db.$executeRaw`UPDATE model SET time_ms = ${LIMIT_MS}, retries_max = 5`;
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const loop = endOverlongAttempts(deps);
  /** Lets time pass, watched look after look; the consumer renews now and then. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      deps.clock.advance(STEP_MS);
      await loop.runOnce();
    }
    return await renewLease(deps, attempt);
  };
  await loop.runOnce();
  return { deps, uid, attempt, loop, pass, task: async () => (await deps.store.findTask(uid))! };
}

describe('end-overlong-attempts', () => {
  it('lets an attempt be that needs its time limit, and time for its image, its input and its output', async () => {
    const { pass, task } = await setup();
    expect(await pass(LIMIT_MS + GRACE_MS + AROUND_MS - STEP_MS)).toBe('continue');
    expect((await task()).state).toBe('running');
  });

  it('ends one that goes on, though its consumer renews it, for good: no report counts any more', async () => {
    const { deps, attempt, pass, task } = await setup();
    const outcome = await succeeded(deps, attempt);
    expect(await pass(LIMIT_MS + GRACE_MS + AROUND_MS)).toBe('stale');
    expect(await task()).toMatchObject({
      state: 'failed',
      failureClass: 'timeout',
      failureReason: expect.stringContaining('time limit of 60 seconds: the consumer did not stop it'),
    });
    expect(await finishAttempt(deps, attempt, outcome, NO_TAILS)).toBe('stale');
  });

  it('goes by what the user wishes for where that is less', async () => {
    const { deps, pass, task } = await setup();
    await deps.db.$executeRaw`UPDATE model SET time_ms = 86400000`;
    await deps.db.$executeRaw`UPDATE task SET time_limit_ms = ${LIMIT_MS}`;
    await pass(LIMIT_MS + GRACE_MS + AROUND_MS);
    expect((await task()).failureClass).toBe('timeout');
  });

  it('counts no time that it did not watch', async () => {
    const { deps, loop, pass, task } = await setup();
    await pass(AROUND_MS);
    deps.clock.advance(7 * 86_400_000);
    await loop.runOnce();
    expect((await task()).state).toBe('running');
    await pass(LIMIT_MS + GRACE_MS);
    expect((await task()).state).toBe('failed');
  });

  it('counts each attempt by itself', async () => {
    const { deps, attempt, pass, task } = await setup();
    await pass(AROUND_MS + LIMIT_MS);
    await finishAttempt(deps, attempt, { kind: 'hand_back', reason: 'drain' }, NO_TAILS);
    await claimed(deps);
    await pass(AROUND_MS + LIMIT_MS);
    expect(await task()).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('ends what is being cancelled as cancelled', async () => {
    const { deps, pass, task } = await setup();
    await deps.db.$executeRaw`UPDATE task SET state = 'cancelling'`;
    await pass(LIMIT_MS + GRACE_MS + AROUND_MS);
    expect((await task()).state).toBe('cancelled');
  });
});

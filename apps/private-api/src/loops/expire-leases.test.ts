import { describe, expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { renewLease } from '../services/renew-lease.ts';
import { findTask } from '../store/task-store.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { expireLeases, LOOKS } from './expire-leases.ts';

const INTERVAL_MS = 5_000;

async function setup() {
  const deps = await testDeps();
  await givenModel(deps);
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const loop = expireLeases(deps);
  const look = async (times = 1) => {
    for (let n = 0; n < times; n++) {
      deps.clock.advance(INTERVAL_MS);
      await loop.runOnce();
    }
  };
  return { deps, attempt, look, state: async () => (await findTask(deps.db, uid))!.state };
}

describe('expire-leases', () => {
  it('gives a task back after six looks at a counter that stands still', async () => {
    const { look, state } = await setup();
    await look(LOOKS - 1);
    expect(await state()).toBe('running');
    await look();
    expect(await state()).toBe('queued');
  });

  it('starts to count again when the holder renews', async () => {
    const { deps, look, state, attempt } = await setup();
    await look(LOOKS - 1);
    await renewLease(deps, attempt);
    await look(LOOKS - 1);
    expect(await state()).toBe('running');
  });

  it('starts to count again after a look that came late', async () => {
    const { deps, look, state } = await setup();
    await look(LOOKS - 1);
    deps.clock.advance(60_000);
    await look();
    expect(await state()).toBe('running');
  });

  it('starts to count again after a look that failed', async () => {
    const { deps, state } = await setup();
    let down = false;
    const db = new Proxy(deps.db, {
      get: (target, name) => (down && name === '$queryRaw' ? () => Promise.reject(new Error('down')) : Reflect.get(target, name)),
    });
    const loop = expireLeases({ ...deps, db });
    for (let n = 1; n < LOOKS; n++) await loop.runOnce();
    down = true;
    await expect(loop.runOnce()).rejects.toThrow('down');
    down = false;
    await loop.runOnce();
    expect(await state()).toBe('running');
  });

  it('lets a holder that was thought lost go on, if nobody else has the task yet', async () => {
    const { deps, look, state, attempt } = await setup();
    await look(LOOKS);
    expect(await renewLease(deps, attempt)).toBe('continue');
    expect(await state()).toBe('running');
  });

  it('takes the late result of a holder that was thought lost, if nobody else has the task yet', async () => {
    const { deps, look, state, attempt } = await setup();
    await look(LOOKS);
    expect(await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] })).toBe('recorded');
    expect(await state()).toBe('succeeded');
  });

  it('ends a task that was being cancelled', async () => {
    const { deps, look, state } = await setup();
    await deps.db.$executeRaw`UPDATE task SET state = 'cancelling'`;
    await look(LOOKS);
    expect(await state()).toBe('cancelled');
  });
});

import { describe, expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { renewLease } from '../services/renew-lease.ts';
import { claim, claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
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
  return { deps, attempt, look, state: async () => (await deps.store.findTask(uid))!.state };
}

/** Why attempts failed, as their rows say it. */
async function reasons({ db }: Awaited<ReturnType<typeof setup>>['deps']): Promise<(string | null)[]> {
  const rows = await db.$queryRaw<{ reason: string | null }[]>`SELECT failure_reason AS reason FROM attempt ORDER BY number`;
  return rows.map(({ reason }) => reason);
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
    const store = new Proxy(deps.store, {
      get: (target, name) => (down && name === 'listLeases' ? () => Promise.reject(new Error('down')) : Reflect.get(target, name)),
    });
    const loop = expireLeases({ ...deps, store });
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
    expect(await reasons(deps)).toEqual([expect.stringContaining('fell silent')]);
    expect(await renewLease(deps, attempt)).toBe('continue');
    expect([await state(), await reasons(deps)]).toEqual(['running', [null]]);
  });

  it('takes a fault back whose holder lives after all, however often that happens', async () => {
    const { deps, look, state, attempt } = await setup();
    const faults = async () => (await deps.store.findTask(attempt.taskUid))!.infrastructureFaults;
    for (let round = 0; round < 5; round++) {
      await look(LOOKS);
      expect([await state(), await faults()]).toEqual(['queued', 1]);
      expect(await renewLease(deps, attempt)).toBe('continue');
      expect([await state(), await faults()]).toEqual(['running', 0]);
    }
  });

  it('tries a task again at once when its first consumer is lost, and with a delay after the next', async () => {
    const { deps, state } = await setup();
    const loop = expireLeases({ ...deps, random: () => 0.999 });
    const lose = async () => {
      for (let n = 0; n < LOOKS; n++) await loop.runOnce();
      expect(await state()).toBe('queued');
    };
    await lose();
    expect(await claim(deps)).not.toBeNull();
    await lose();
    expect(await claim(deps)).toBeNull();
    await deps.db.$executeRaw`UPDATE task SET available_at = now()`;
    expect(await claim(deps)).not.toBeNull();
  });

  it('takes the late result of a holder that was thought lost, if nobody else has the task yet', async () => {
    const { deps, look, state, attempt } = await setup();
    await look(LOOKS);
    expect(await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] })).toBe('recorded');
    expect([await state(), await reasons(deps)]).toEqual(['succeeded', [null]]);
  });

  it('ends a task that was being cancelled', async () => {
    const { deps, look, state } = await setup();
    await deps.db.$executeRaw`UPDATE task SET state = 'cancelling'`;
    await look(LOOKS);
    expect(await state()).toBe('cancelled');
  });
});

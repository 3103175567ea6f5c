import { AppError } from '@inference/domain';
import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { API_FAULT_MS } from './is-api-fault.ts';
import { Outage } from './outage.ts';
import { Patience } from './patience.ts';

const FOR_MS = 60_000;

function setup(forMs = FOR_MS) {
  const clock = new FakeClock();
  const aborter = new AbortController();
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const patience = new Patience({ clock, log, forMs, signal: aborter.signal, about: { taskUid: 't' } });
  /** Lets time pass in steps, until the promise is settled or so much time is over. */
  const pass = async (promise: Promise<unknown>, ms: number) => {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    for (let passed = 0; passed < ms && !settled; passed += 50) {
      await new Promise(setImmediate);
      clock.advance(50);
    }
    return settled;
  };
  return { patience, aborter, lines, pass, clock };
}

/** Fails so often, then works. */
function failing(times: number, error: Error = new Outage('away')) {
  let tries = 0;
  return async () => {
    tries += 1;
    if (tries <= times) throw error;
    return tries;
  };
}

describe('patience', () => {
  it('outlasts a restart of the private API, and says once that it is away', async () => {
    const { patience, pass, lines } = setup();
    const done = patience.keepTrying(failing(8));
    await pass(done, 30_000);
    expect(await done).toBe(9);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"taskUid":"t"');
  });

  it('ends after its time, with what went wrong', async () => {
    const { patience, pass, clock } = setup();
    const done = patience.keepTrying(failing(Number.POSITIVE_INFINITY));
    expect(await pass(done, 2 * FOR_MS)).toBe(true);
    await expect(done).rejects.toThrow('away');
    expect(clock.monotonicMs()).toBeGreaterThan(FOR_MS - 10_000);
    expect(clock.monotonicMs()).toBeLessThanOrEqual(FOR_MS + 100);
  });

  it('begins anew when it was of use in between', async () => {
    const { patience, pass } = setup();
    const away = failing(Number.POSITIVE_INFINITY);
    const done = patience.keepTrying(() => {
      patience.renew();
      return away();
    });
    expect(await pass(done, 5 * FOR_MS)).toBe(false);
  });

  it('ends sooner with one that has a fault of its own, and not for the time that it was away before', async () => {
    const { patience, pass, clock } = setup(3 * API_FAULT_MS);
    const fault = new AppError('internal');
    const isAway = () => clock.monotonicMs() < API_FAULT_MS;
    const done = patience.keepTrying(async () => {
      throw isAway() ? new Outage('away') : fault;
    });
    expect(await pass(done, 2 * API_FAULT_MS - 10_000)).toBe(false);
    expect(await pass(done, 20_000)).toBe(true);
    await expect(done).rejects.toBe(fault);
  });

  it.each([new AppError('stale'), new Error('a bug')])('has none with %s', async (error) => {
    const { patience } = setup();
    await expect(patience.keepTrying(failing(1, error))).rejects.toBe(error);
  });

  it('ends at once when it is told to', async () => {
    const { patience, aborter } = setup();
    const done = patience.keepTrying(failing(Number.POSITIVE_INFINITY));
    await new Promise(setImmediate);
    aborter.abort('drain');
    await expect(done).rejects.toThrow('away');
  });
});

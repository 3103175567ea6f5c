import type { ControlPlane, RenewReply } from '@inference/contracts';
import { createLog } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { keepLease } from './keep-lease.ts';

const RENEW_MS = 1_000;

function setup(replies: (RenewReply | Error)[]) {
  const clock = new FakeClock();
  let renewals = 0;
  const renew = async () => {
    const reply = replies[renewals++] ?? 'continue';
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const control = { renew } as unknown as ControlPlane;
  const deps = { clock, control, log: createLog({ level: 'silent' }), timing: { ...DEFAULT_TIMING, renewMs: RENEW_MS } } as unknown as Deps;
  const interrupter = new Interrupter();
  const stop = keepLease(deps, { taskUid: 't', attempt: 1, token: 'x' }, interrupter);
  /** Lets a renewal come due, and waits until it has been sent. */
  const pass = async () => {
    const before = renewals;
    clock.advance(RENEW_MS);
    await until('the renewal', () => renewals > before);
    await new Promise(setImmediate);
  };
  return { clock, interrupter, stop, pass, renewals: () => renewals };
}

describe('a lease', () => {
  it('is renewed again and again', async () => {
    const { pass, interrupter, renewals } = setup([]);
    await pass();
    await pass();
    expect([renewals(), interrupter.reason]).toEqual([2, null]);
  });

  it('goes on after a renewal that failed', async () => {
    const { pass, interrupter } = setup([new Error('away'), 'continue']);
    await pass();
    await pass();
    expect(interrupter.reason).toBeNull();
  });

  it.each([
    ['stop', 'cancelled'],
    ['stale', 'stale'],
  ] as const)('interrupts the attempt when the reply is %s', async (reply, reason) => {
    const { pass, interrupter } = setup([reply]);
    await pass();
    expect(interrupter.reason).toBe(reason);
  });

  it('is not renewed any more once it was let go', async () => {
    const { clock, pass, stop, renewals } = setup([]);
    await pass();
    stop();
    clock.advance(10 * RENEW_MS);
    await new Promise(setImmediate);
    expect(renewals()).toBe(1);
  });
});

import type { ClaimedAttempt, ControlPlane } from '@inference/contracts';
import { AppError } from '@inference/domain';
import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { API_FAULT_MS } from '../http-control-plane/is-api-fault.ts';
import { Interrupter } from '../interruption.ts';
import { report } from './report.ts';

/** Reports an outcome; the control plane answers with what it is given, and then says that it is recorded. */
function setup(answers: Error[]) {
  const clock = new FakeClock();
  const interrupter = new Interrupter();
  let tries = 0;
  const control: Pick<ControlPlane, 'report'> = {
    report: async () => {
      const answer = answers[tries++];
      if (answer !== undefined) throw answer;
      return 'recorded';
    },
  };
  const deps = { clock, control, log: createLog({ level: 'silent' }) } as unknown as Deps;
  const ending = { outcome: { kind: 'hand_back', reason: '' }, tails: { stdout: [], stderr: [] } } as const;
  const done = report(deps, { taskUid: 't', attempt: 1 } as ClaimedAttempt, ending, interrupter);
  let ended: unknown = null;
  done.then(
    () => {
      ended = 'heard';
    },
    (error: unknown) => {
      ended = error;
    },
  );
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      await new Promise(setImmediate);
      clock.advance(250);
    }
    await new Promise(setImmediate);
    return ended;
  };
  return { interrupter, pass, tries: () => tries };
}

const AWAY = new Error('away');

describe('a report', () => {
  it('is repeated until it is heard, however long nobody can be reached', async () => {
    const { pass, tries } = setup(Array.from({ length: 100 }, () => AWAY));
    expect(await pass(600_000)).toBeNull();
    expect(await pass(600_000)).toBe('heard');
    expect(tries()).toBe(101);
  });

  it('is not repeated once it was refused for good', async () => {
    const refused = new AppError('invalid_request');
    const { pass, tries } = setup([AWAY, refused]);
    expect(await pass(10_000)).toBe(refused);
    expect(tries()).toBe(2);
  });

  it('is repeated for 10 minutes where the private API has a fault of its own', async () => {
    const fault = new AppError('internal');
    const short = setup(Array.from({ length: 50 }, () => fault));
    expect(await short.pass(API_FAULT_MS)).toBe('heard');
    const long = setup([...Array.from({ length: 50 }, () => AWAY), ...Array.from({ length: 100 }, () => fault)]);
    expect(await long.pass(API_FAULT_MS)).toBeNull();
    expect(await long.pass(API_FAULT_MS)).toBe(fault);
  });

  it('does not keep a drained consumer from ending', async () => {
    const { interrupter, pass } = setup(Array.from({ length: 100 }, () => AWAY));
    await pass(60_000);
    interrupter.interrupt('drain');
    expect(await pass(10_000)).toBe(AWAY);
  });

  it('does not either where the attempt was stopped for another reason before, and is tried a few times more, soon after each other', async () => {
    const { interrupter, pass, tries } = setup(Array.from({ length: 100 }, () => AWAY));
    interrupter.interrupt('cancelled');
    expect(await pass(60_000)).toBeNull();
    const before = tries();
    interrupter.interrupt('drain');
    expect(await pass(4_000)).toBe(AWAY);
    expect(tries()).toBe(before + 5);
  });

  it('is tried a few times by a drained consumer', async () => {
    const { interrupter, pass } = setup([AWAY, AWAY]);
    interrupter.interrupt('drain');
    expect(await pass(5_000)).toBe('heard');
  });
});

import { setImmediate } from 'node:timers/promises';
import type { Failure } from '@inference/domain';
import { FakeClock } from '@inference/testing';
import { expect, it } from 'vitest';
import { HangWatch } from './hang-watch.ts';

const HANG_MS = 60_000;

/** A model that is watched, and what it has done so far. */
function watched({ hangMs = HANG_MS as number | null, clock = new FakeClock() } = {}) {
  const stop = new AbortController();
  const model = { cpuMs: 7 as number | null, printedBytes: 3, looks: 0 };
  const cpuMs = async () => {
    model.looks += 1;
    return model.cpuMs;
  };
  const hung: Failure[] = [];
  const onHung = (failure: Failure) => void hung.push(failure);
  const watch = new HangWatch({ hangMs, clock, signal: stop.signal, printedBytes: () => model.printedBytes, cpuMs, onHung });
  /** Lets time pass, a second at a time; `also` is what the model does in each. */
  const pass = async (seconds: number, also = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      also();
      clock.advance(1000);
      await setImmediate();
    }
  };
  return { watch, hung, model, stop, clock, pass };
}

it('tells of a model once it did nothing for its time, at most a tenth late, and once only', async () => {
  const { hung, pass } = watched();
  await pass(59);
  expect(hung).toEqual([]);
  await pass(7);
  expect(hung).toMatchObject([{ class: 'timeout', reason: expect.stringContaining('for 60 seconds') }]);
  await pass(100);
  expect(hung).toHaveLength(1);
});

it('counts from the last sign of life', async () => {
  const { hung, model, pass } = watched();
  await pass(50);
  model.printedBytes += 1;
  await pass(50);
  expect(hung).toEqual([]);
  await pass(30);
  expect(hung).toHaveLength(1);
});

it('takes the timers of a program that waits for nothing, and a little work for a sign of life', async () => {
  const idle = watched();
  await idle.pass(70, () => {
    if (idle.model.cpuMs !== null) idle.model.cpuMs += 0.5;
  });
  expect(idle.hung).toHaveLength(1);
  const busy = watched();
  await busy.pass(600, () => {
    if (busy.model.cpuMs !== null) busy.model.cpuMs += 5;
  });
  expect(busy.hung).toEqual([]);
});

it('tells nothing while it cannot be known what the model uses', async () => {
  const { hung, model, pass } = watched();
  for (let round = 0; round < 5; round++) {
    model.cpuMs = null;
    await pass(10);
    model.cpuMs = 7;
    await pass(50);
  }
  expect(hung).toEqual([]);
});

it('starts again after time in which nobody looked: the machine may have stood still', async () => {
  const { hung, clock, pass } = watched();
  await pass(30);
  // One tick, far too late.
  Object.defineProperty(clock, 'monotonicMs', { value: () => 3_600_000 + FakeClock.prototype.monotonicMs.call(clock) });
  await pass(50);
  expect(hung).toEqual([]);
  await pass(30);
  expect(hung).toHaveLength(1);
});

it('takes a fall of the processor time for a process that has ended', async () => {
  const { hung, model, pass } = watched();
  await pass(50);
  model.cpuMs = 0;
  await pass(50);
  expect(hung).toEqual([]);
});

it('tells nothing of a model that is stopped, and looks no more', async () => {
  const { hung, model, stop, pass } = watched();
  stop.abort();
  await pass(100);
  expect(hung).toEqual([]);
  expect(model.looks).toBeLessThanOrEqual(2);
});

it('looks at nothing where a model may hang, and no more once it is over', async () => {
  const off = watched({ hangMs: null });
  await off.pass(100);
  expect([off.model.looks, off.hung]).toEqual([0, []]);
  const over = watched();
  await over.pass(1);
  over.watch[Symbol.dispose]();
  await over.pass(100);
  expect([over.model.looks, over.hung]).toEqual([1, []]);
});

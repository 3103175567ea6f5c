import { setImmediate } from 'node:timers/promises';
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
  const watch = new HangWatch({ hangMs, clock, signal: stop.signal, printedBytes: () => model.printedBytes, cpuMs });
  /** Lets time pass, a second at a time; `also` is what the model does in each. */
  const pass = async (seconds: number, also = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      also();
      clock.advance(1000);
      await setImmediate();
    }
  };
  return { watch, model, stop, clock, pass };
}

it('stops a model once it did nothing for its time, at most a tenth late', async () => {
  const { watch, pass } = watched();
  await pass(59);
  expect(watch.signal.aborted).toBe(false);
  await pass(7);
  expect(watch.signal.aborted).toBe(true);
  expect(watch.stopped()).toMatchObject({
    kind: 'failed',
    failure: { class: 'timeout', reason: expect.stringContaining('for 60 seconds') },
  });
});

it('counts from the last sign of life', async () => {
  const { watch, model, pass } = watched();
  await pass(50);
  model.printedBytes += 1;
  await pass(50);
  expect(watch.signal.aborted).toBe(false);
  await pass(30);
  expect(watch.signal.aborted).toBe(true);
});

it('takes the timers of a program that waits for nothing, and a little work for a sign of life', async () => {
  const idle = watched();
  await idle.pass(70, () => {
    if (idle.model.cpuMs !== null) idle.model.cpuMs += 0.5;
  });
  expect(idle.watch.signal.aborted).toBe(true);
  const busy = watched();
  await busy.pass(600, () => {
    if (busy.model.cpuMs !== null) busy.model.cpuMs += 5;
  });
  expect(busy.watch.signal.aborted).toBe(false);
});

it('stops nothing while it cannot be known what the model uses', async () => {
  const { watch, model, pass } = watched();
  for (let round = 0; round < 5; round++) {
    model.cpuMs = null;
    await pass(10);
    model.cpuMs = 7;
    await pass(50);
  }
  expect(watch.signal.aborted).toBe(false);
});

it('starts again after time in which nobody looked: the machine may have stood still', async () => {
  const { watch, clock, pass } = watched();
  await pass(30);
  // One tick, far too late.
  Object.defineProperty(clock, 'monotonicMs', { value: () => 3_600_000 + FakeClock.prototype.monotonicMs.call(clock) });
  await pass(50);
  expect(watch.signal.aborted).toBe(false);
  await pass(30);
  expect(watch.signal.aborted).toBe(true);
});

it('takes a fall of the processor time for a process that has ended', async () => {
  const { watch, model, pass } = watched();
  await pass(50);
  model.cpuMs = 0;
  await pass(50);
  expect(watch.signal.aborted).toBe(false);
});

it('keeps to the first reason for a stop, and looks no more', async () => {
  const { watch, model, stop, pass } = watched();
  stop.abort();
  await pass(100);
  expect(watch.stopped()).toEqual({ kind: 'stopped' });
  expect(model.looks).toBeLessThanOrEqual(2);
});

it('looks at nothing where a model may hang, and no more once it is over', async () => {
  const off = watched({ hangMs: null });
  await off.pass(100);
  expect([off.model.looks, off.watch.signal.aborted]).toEqual([0, false]);
  const over = watched();
  await over.pass(1);
  over.watch[Symbol.dispose]();
  await over.pass(100);
  expect([over.model.looks, over.watch.signal.aborted]).toEqual([1, false]);
});

import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { FIRST_LOOK_MS, GpuMemoryWatch, LOOK_MS } from './gpu-memory-watch.ts';

function setup() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const driver: { used: Readonly<Record<string, number>> | Error; asked: number } = { used: {}, asked: 0 };
  const memoryUsed = async () => {
    driver.asked += 1;
    if (driver.used instanceof Error) throw driver.used;
    return new Map(Object.entries(driver.used));
  };
  const watch = new GpuMemoryWatch({ source: { memoryUsed }, clock, log });
  const look = async (ms: number, used: Readonly<Record<string, number>> | Error) => {
    driver.used = used;
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { watch, driver, clock, lines, look };
}

describe('the memory of GPUs in use', () => {
  it('is the most that was seen on one of the GPUs of a model, and on no other', async () => {
    const { watch, look } = setup();
    using one = watch.follow(['GPU-a', 'GPU-b']);
    using other = watch.follow(['GPU-c']);
    await look(FIRST_LOOK_MS, { 'GPU-a': 5, 'GPU-b': 7, 'GPU-c': 1 });
    await look(LOOK_MS, { 'GPU-a': 6, 'GPU-b': 2, 'GPU-c': 3 });
    expect([one.peakBytes, other.peakBytes]).toEqual([7, 3]);
  });

  it('is looked at once for all models, and by nobody once they are over', async () => {
    const { watch, driver, look } = setup();
    const followed = [watch.follow(['GPU-a']), watch.follow(['GPU-b'])];
    await look(FIRST_LOOK_MS, { 'GPU-a': 1 });
    expect(driver.asked).toBe(1);
    for (const one of followed) one[Symbol.dispose]();
    await look(10 * LOOK_MS, {});
    expect(driver.asked).toBe(1);
    using _ = watch.follow(['GPU-a']);
    await look(FIRST_LOOK_MS, { 'GPU-a': 1 });
    expect(driver.asked).toBe(2);
  });

  it('is not known of a model without GPUs, of GPUs of which nobody tells, and while the driver fails, which is said once', async () => {
    const { watch, lines, look } = setup();
    using none = watch.follow([]);
    using part = watch.follow(['MIG-a']);
    using card = watch.follow(['GPU-a']);
    await look(FIRST_LOOK_MS, new Error('it hangs'));
    await look(LOOK_MS, new Error('it hangs'));
    expect([none.peakBytes, part.peakBytes, card.peakBytes]).toEqual([null, null, null]);
    expect(lines).toEqual(['the memory of GPUs in use cannot be read']);
    await look(LOOK_MS, { 'GPU-a': 4 });
    expect([part.peakBytes, card.peakBytes]).toEqual([null, 4]);
  });
});

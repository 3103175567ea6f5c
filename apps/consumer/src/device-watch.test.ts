import type { DeviceInfo } from '@inference/contracts';
import type { Device } from '@inference/runtime';
import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { DeviceWatch } from './device-watch.ts';

const device = (uuid: string, trouble: string | null = null): Device => ({
  ...{ uuid, name: 'G', memoryBytes: 1, kind: 'gpu', groups: [], trouble },
});
const A = device('GPU-a');
const B = device('GPU-b');

function setup(devices: readonly DeviceInfo[] = [A, B]) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const driver: { finds: readonly Device[] | Error; asked: number } = { finds: [A, B], asked: 0 };
  const list = async () => {
    driver.asked += 1;
    if (driver.finds instanceof Error) throw driver.finds;
    return driver.finds;
  };
  const watch = new DeviceWatch(devices, { source: { list, memoryUsed: async () => new Map() }, clock: new FakeClock(), log });
  const look = async (finds: readonly Device[] | Error) => {
    driver.finds = finds;
    await watch.lookNow();
    return watch.now().map(({ trouble }) => trouble);
  };
  return { watch, driver, lines, look };
}

describe('the watch over GPUs', () => {
  it('finds a GPU in trouble that the driver does not list, or of which it reports a fault, and leaves the others', async () => {
    const { look, lines } = setup();
    expect(await look([A, B])).toEqual([null, null]);
    expect(await look([A])).toEqual([null, 'The driver does not list it any more.']);
    expect(await look([device('GPU-a', 'It had errors.'), B])).toEqual(['It had errors.', 'The driver does not list it any more.']);
    expect(lines).toHaveLength(2);
  });

  it('gives one out again after two good looks in a row, and says so', async () => {
    const { look, lines } = setup();
    await look([A]);
    expect(await look([A, B])).toEqual([null, 'The driver does not list it any more.']);
    await look([A]);
    expect(await look([A, B])).toEqual([null, 'The driver does not list it any more.']);
    expect(await look([A, B])).toEqual([null, null]);
    expect(lines).toEqual([expect.stringContaining('in trouble'), expect.stringContaining('well again')]);
  });

  it('learns what one has that could not be read at the start', async () => {
    const { watch, look } = setup([{ ...A, memoryBytes: 0, trouble: 'It cannot be read.' }]);
    await look([A]);
    expect(await look([A])).toEqual([null]);
    await look([{ ...A, memoryBytes: 0, trouble: 'It cannot be read.' }]);
    expect(watch.now()).toEqual([{ ...A, trouble: 'It cannot be read.' }]);
  });

  it('finds all in trouble while the driver hangs', async () => {
    const { look } = setup();
    expect(await look(new Error('nvidia-smi did not end within 10 s.'))).toEqual(Array(2).fill('nvidia-smi did not end within 10 s.'));
  });

  it('says nothing of GPUs that an admin named and no driver here knows', async () => {
    const { look } = setup([{ ...A, memoryBytes: 0 }]);
    expect(await look([])).toEqual([null]);
    expect(await look(new Error('failed'))).toEqual([null]);
  });

  it('asks the driver once at a time', async () => {
    const { watch, driver } = setup();
    await Promise.all([watch.lookNow(), watch.lookNow()]);
    expect(driver.asked).toBe(1);
    await watch.lookNow();
    expect(driver.asked).toBe(2);
  });
});

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FakeClock, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { UsageWatch } from './usage-watch.ts';

const ID = 'c0ffee';
const SECOND_VERSION = { memory: 'docker/c0ffee/memory.peak', cpu: 'docker/c0ffee/cpu.stat', cpuText: 'usage_usec 1500000\nuser_usec 1\n' };
const FIRST_VERSION = {
  memory: 'memory/docker/c0ffee/memory.max_usage_in_bytes',
  cpu: 'cpuacct/docker/c0ffee/cpuacct.usage',
  cpuText: '1500000000\n',
};

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('what a container uses', () => {
  it.each([
    ['second', SECOND_VERSION],
    ['first', FIRST_VERSION],
  ])('is read from control groups of the %s version, and kept when they are gone', async (_version, { memory, cpu, cpuText }) => {
    const root = await testFolder();
    const clock = new FakeClock();
    using watch = new UsageWatch(ID, { clock, root });
    clock.advance(50);
    expect(watch.usage).toEqual({ memoryPeakBytes: null, cpuSeconds: null });
    await write(join(root, memory), '4096\n');
    await write(join(root, cpu), cpuText);
    clock.advance(100);
    expect(watch.usage).toEqual({ memoryPeakBytes: 4096, cpuSeconds: 1.5 });
    await writeFile(join(root, memory), '8192\n');
    watch.look();
    await rm(join(root, memory));
    await rm(join(root, cpu));
    watch.look();
    expect(watch.usage).toEqual({ memoryPeakBytes: 8192, cpuSeconds: 1.5 });
  });
});

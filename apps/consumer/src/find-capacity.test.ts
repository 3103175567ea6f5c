import { availableParallelism, totalmem } from 'node:os';
import { type Disk, nodeDisk } from '@inference/disk';
import { describe, expect, it, vi } from 'vitest';
import { findCapacity } from './find-capacity.ts';

const GIB = 1024 ** 3;
const disk: Disk = { ...nodeDisk, space: async () => ({ bytes: 100 * GIB, freeBytes: GIB }) };

function capacityWithin(limitBytes: number) {
  const spy = vi.spyOn(process, 'constrainedMemory').mockReturnValue(limitBytes);
  return findCapacity({ disk, workFolder: '/work' }).finally(() => spy.mockRestore());
}

describe('what a machine has for models', () => {
  it('is what it has in all, in use or not', async () => {
    expect(await capacityWithin(0)).toEqual({
      cpuMillis: availableParallelism() * 1000,
      memoryBytes: totalmem(),
      shmBytes: totalmem(),
      scratchBytes: 100 * GIB,
    });
  });

  it('is no more memory than this process may use', async () => {
    expect(await capacityWithin(0.25 * GIB)).toMatchObject({ memoryBytes: 0.25 * GIB, shmBytes: 0.25 * GIB });
    expect(await capacityWithin(2 ** 63)).toMatchObject({ memoryBytes: totalmem() });
  });
});

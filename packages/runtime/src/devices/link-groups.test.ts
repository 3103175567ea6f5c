import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkGroups } from './link-groups.ts';

describe('the link groups of GPUs', () => {
  it('are read from the matrix that nvidia-smi prints, from the nearest to the widest', async () => {
    const matrix = await readFile(join(import.meta.dirname, 'fixtures', 'four-cards.topo.txt'), 'utf8');
    expect([...linkGroups(matrix)]).toEqual([
      [0, ['nvlink0', 'switch0', 'socket0']],
      [1, ['nvlink0', 'switch0', 'socket0']],
      [2, ['nvlink2', 'switch2', 'socket2']],
      [3, ['nvlink3', 'switch2', 'socket2']],
    ]);
  });

  it('join GPUs that are linked by way of others, and are read through the colours of a terminal', () => {
    const matrix = '\u001b[4m\tGPU0\tGPU1\tGPU2\u001b[0m\nGPU0\t X \tSYS\tNV4\nGPU1\tSYS\t X \tNV4\nGPU2\tNV4\tNV4\t X \n';
    expect([...linkGroups(matrix).values()].map(([nearest]) => nearest)).toEqual(['nvlink0', 'nvlink0', 'nvlink0']);
  });

  it('are one for a card that is alone', () => {
    expect([...linkGroups('\tGPU0\tCPU Affinity\nGPU0\t X \t0-7\n')]).toEqual([[0, ['nvlink0', 'switch0', 'socket0']]]);
  });

  it.each(['', 'Failed to initialize NVML', 'GPU0 GPU1', 'GPU0', 'GPU0\tNV4\tX\nGPU1\tX\tNV4'])(
    'are unknown where the matrix is %j',
    (matrix) => {
      expect([...linkGroups(matrix)]).toEqual([]);
    },
  );
});

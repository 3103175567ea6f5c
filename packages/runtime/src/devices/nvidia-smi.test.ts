import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { fixedDevices } from './fixed-devices.ts';
import { nvidiaSmi } from './nvidia-smi.ts';

const A = 'GPU-5f3b1c2e-0000-1111-2222-333344445555';
const B = 'GPU-6f3b1c2e-0000-1111-2222-333344445555';

describe('the GPUs of this machine', () => {
  it('are read from what nvidia-smi prints', async () => {
    const stdout = `0, ${A}, NVIDIA H100 80GB HBM3, 81559\n1, ${B}, NVIDIA RTX A6000, special, 49140\n`;
    expect(await nvidiaSmi(async () => stdout).list()).toEqual([
      { index: 0, uuid: A, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81_559 * 1024 * 1024 },
      { index: 1, uuid: B, name: 'NVIDIA RTX A6000, special', memoryBytes: 49_140 * 1024 * 1024 },
    ]);
  });

  it('are asked for by program and arguments, without a shell', async () => {
    const run = vi.fn(async () => '');
    await nvidiaSmi(run).list();
    expect(run).toHaveBeenCalledExactlyOnceWith('nvidia-smi', [
      '--query-gpu=index,uuid,name,memory.total',
      '--format=csv,noheader,nounits',
    ]);
  });

  it.each(['', '\n', 'No devices were found\n'])('are none when it prints %j', async (stdout) => {
    expect(await nvidiaSmi(async () => stdout).list()).toEqual([]);
  });

  it('are none where the program is not installed, and read from a real one', async () => {
    const folder = await testFolder();
    vi.stubEnv('PATH', folder);
    try {
      expect(await nvidiaSmi().list()).toEqual([]);
      await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\necho "0, ${A}, Tesla T4, 15360"\n`);
      await chmod(join(folder, 'nvidia-smi'), 0o755);
      expect(await nvidiaSmi().list()).toMatchObject([{ index: 0, uuid: A, name: 'Tesla T4' }]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('cannot be had when the driver fails, which is not the same as none', async () => {
    const failing = nvidiaSmi(() => Promise.reject(Object.assign(new Error('exit code 9'), { code: 9 })));
    await expect(failing.list()).rejects.toThrow('nvidia-smi failed');
  });

  it.each(['garbage', `x, ${A}, T4, 15360`, '0, MIG-1, T4, 15360', `0, ${A}, T4, [N/A]`])(
    'cannot be had from the line %j',
    async (line) => {
      await expect(nvidiaSmi(async () => line).list()).rejects.toThrow();
    },
  );

  it('are a fixed list where an admin wrote one', async () => {
    const gpu = { index: 0, uuid: A, name: 'any', memoryBytes: 1 };
    expect(await fixedDevices([gpu]).list()).toEqual([gpu]);
  });
});

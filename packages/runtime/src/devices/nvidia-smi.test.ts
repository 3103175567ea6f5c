import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { fixedDevices } from './fixed-devices.ts';
import { nvidiaSmi } from './nvidia-smi.ts';

const A = 'GPU-5f3b1c2e-0000-1111-2222-333344445555';
const B = 'GPU-6f3b1c2e-0000-1111-2222-333344445555';
const MIB = 1024 * 1024;
const WELL = { kind: 'gpu', groups: [], trouble: null } as const;
const UNKNOWN_FIELD = Object.assign(new Error('exit code 2'), { code: 2, stdout: 'Field "x" is not a valid field to query.\n' });

/** An nvidia-smi that prints what was written in the format of a real one, in the folder `fixtures`; older drivers know no further fields. */
function printing(name: string, fields: { recovery?: string; mig?: string; topo?: string } = {}) {
  return nvidiaSmi(async (_file, [what = '']) => {
    if (what === 'topo') return fields.topo ?? Promise.reject(UNKNOWN_FIELD);
    if (what.includes('gpu_recovery_action')) return fields.recovery ?? Promise.reject(UNKNOWN_FIELD);
    if (what.includes('mig.mode')) return fields.mig ?? Promise.reject(UNKNOWN_FIELD);
    return await readFile(join(import.meta.dirname, 'fixtures', `${name}.${what === '-L' ? 'list' : 'read'}.txt`), 'utf8');
  });
}

describe('the GPUs of this machine', () => {
  it('are read from what nvidia-smi prints, where it says N/A, too', async () => {
    expect(await printing('two-cards').list()).toEqual([
      { ...WELL, uuid: A, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81_559 * MIB },
      { ...WELL, uuid: B, name: 'NVIDIA RTX A6000', memoryBytes: 49_140 * MIB },
    ]);
  });

  it('are the parts of those that are split, which have the memory that their profile says', async () => {
    const found = await printing('mig', { mig: `${A}, Enabled\n${B}, Disabled\n` }).list();
    expect(found).toEqual([
      { ...WELL, kind: 'mig', uuid: expect.stringMatching(/^MIG-0b1c/), name: 'NVIDIA A100-SXM4-40GB 3g.20gb', memoryBytes: 20e9 },
      { ...WELL, kind: 'mig', uuid: expect.stringMatching(/^MIG-1b1c/), name: 'NVIDIA A100-SXM4-40GB 1c.3g.20gb', memoryBytes: 20e9 },
      { ...WELL, kind: 'mig', uuid: `MIG-${A}/9/0`, name: 'NVIDIA A100-SXM4-40GB 1g.5gb+me', memoryBytes: 5e9 },
      { ...WELL, uuid: B, name: 'NVIDIA A100-SXM4-40GB', memoryBytes: 40_960 * MIB },
    ]);
  });

  it('are asked for by program and arguments, without a shell, and not as XML', async () => {
    const run = vi.fn(async (_file: string, args: readonly string[]) =>
      args[0] === '-L' ? `GPU 0: T4 (UUID: ${A})\n` : `${A}, 15360, 0, T4\n`,
    );
    await nvidiaSmi(run).list();
    expect(run.mock.calls).toEqual([
      ['nvidia-smi', ['-L']],
      ['nvidia-smi', ['--query-gpu=uuid,memory.total,ecc.errors.uncorrected.volatile.total,name', '--format=csv,noheader,nounits']],
      ['nvidia-smi', ['--query-gpu=uuid,gpu_recovery_action', '--format=csv,noheader']],
      ['nvidia-smi', ['--query-gpu=uuid,mig.mode.current', '--format=csv,noheader']],
    ]);
  });

  it.each(['', '\n', 'No devices were found\n', 'No devices found.\n'])('are none when it prints %j', async (stdout) => {
    expect(await nvidiaSmi(async () => stdout).list()).toEqual([]);
  });

  it('are none where the program is not installed, and read from a real one', async () => {
    const folder = await testFolder();
    vi.stubEnv('PATH', folder);
    try {
      expect(await nvidiaSmi().list()).toEqual([]);
      const script = `case "$1" in -L) echo "GPU 0: Tesla T4 (UUID: ${A})";; *) echo "${A}, 15360, 0, Tesla T4, special";; esac`;
      await writeFile(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, 'nvidia-smi'), 0o755);
      expect(await nvidiaSmi().list()).toMatchObject([{ uuid: A, name: 'Tesla T4, special', memoryBytes: 15_360 * MIB }]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('cannot be had when the driver fails, which is not the same as none', async () => {
    const failing = nvidiaSmi(() =>
      Promise.reject(Object.assign(new Error('exit code 9'), { code: 9, stdout: 'Failed to initialize NVML' })),
    );
    await expect(failing.list()).rejects.toThrow('nvidia-smi failed');
  });

  it('cannot be had when it hangs, whatever it has printed by then, and at whichever question', async () => {
    const hung = Object.assign(new Error('killed'), { killed: true, stdout: `GPU 0: T4 (UUID: ${A})\n` });
    await expect(nvidiaSmi(() => Promise.reject(hung)).list()).rejects.toThrow('nvidia-smi did not end within 10 s');
    const late = nvidiaSmi(async (_file, [what = '']) => (what.includes('recovery') ? Promise.reject(hung) : `GPU 0: T4 (UUID: ${A})\n`));
    await expect(late.list()).rejects.toThrow('did not end within 10 s');
  });

  it.each(['garbage', `GPU 0: T4 (UUID: ${A}`, 'GPU 0: T4 (UUID: GPU-../../x)', '  MIG 1g.5gb Device 0: (UUID: MIG-1)'])(
    'cannot be had from the line %j',
    async (line) => {
      await expect(nvidiaSmi(async () => line).list()).rejects.toThrow('could not be listed');
    },
  );

  it('are those that answer, where the driver fails over one that is lost', async () => {
    const whole = printing('lost');
    expect(await whole.list()).toEqual([{ ...WELL, uuid: A, name: 'NVIDIA H100 80GB HBM3', memoryBytes: 81_559 * MIB }]);
    const failing = nvidiaSmi(async (_file, [what]) => {
      const stdout = what === '-L' ? `GPU 0: T4 (UUID: ${A})\nUnable to determine the device handle for GPU 1\n` : `${A}, 15360, 0, T4\n`;
      throw Object.assign(new Error('exit code 15'), { code: 15, stdout });
    });
    expect(await failing.list()).toEqual([{ ...WELL, uuid: A, name: 'T4', memoryBytes: 15_360 * MIB }]);
  });

  it('are in trouble where their memory had errors, or they cannot be read', async () => {
    expect(await printing('errors').list()).toMatchObject([
      { uuid: A, trouble: expect.stringContaining('2 errors that could not be corrected') },
      { uuid: B, memoryBytes: 0, trouble: 'The driver cannot read this GPU: its memory is "ERR!".' },
    ]);
  });

  it.each([
    ['None', null],
    ['N/A', null],
    ['[N/A]', null],
    ['[Not Supported]', null],
    ['Reset', 'The driver asks for this GPU to be recovered: "Reset".'],
    ['Drain P2P', 'The driver asks for this GPU to be recovered: "Drain P2P".'],
  ])('are in trouble or not as the driver says: %s', async (recovery, trouble) => {
    expect(await printing('two-cards', { recovery: `${A}, ${recovery}\n` }).list()).toMatchObject([
      { uuid: A, trouble },
      { uuid: B, trouble: null },
    ]);
  });

  it('are in the link groups that the driver says', async () => {
    const topo = '\tGPU0\tGPU1\nGPU0\t X \tPHB\nGPU1\tPHB\t X \n';
    expect(await printing('two-cards', { topo }).list()).toMatchObject([
      { uuid: A, groups: ['nvlink0', 'switch0', 'socket0'] },
      { uuid: B, groups: ['nvlink1', 'switch1', 'socket0'] },
    ]);
  });

  it('are in trouble in MIG mode without any part', async () => {
    expect(await printing('two-cards', { mig: `${A}, Enabled\n` }).list()).toMatchObject([
      { uuid: A, trouble: expect.stringContaining('MIG mode') },
      { uuid: B, trouble: null },
    ]);
  });

  it('tell how much of their memory is in use, but for those of which the driver does not know it', async () => {
    const smi = nvidiaSmi(async () => `${A}, 1024\n${B}, [N/A]\n`);
    expect(await smi.memoryUsed()).toEqual(new Map([[A, 1024 * MIB]]));
    const missing = nvidiaSmi(() => Promise.reject(Object.assign(new Error('spawn nvidia-smi ENOENT'), { code: 'ENOENT' })));
    expect(await missing.memoryUsed()).toEqual(new Map());
    await expect(nvidiaSmi(() => Promise.reject(new Error('it hangs'))).memoryUsed()).rejects.toThrow('it hangs');
  });

  it('are a fixed list where an admin wrote one', async () => {
    const gpu = { ...WELL, uuid: A, name: 'any', memoryBytes: 1 };
    expect(await fixedDevices([gpu]).list()).toEqual([gpu]);
  });
});

import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Device, fixedDevices } from '@inference/runtime';
import { createLog } from '@inference/service';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockFile } from './lock-file.ts';
import { type TakenGpus, takeGpus } from './take-gpus.ts';
import { takeWorkFolder } from './take-work-folder.ts';

const log = createLog({ level: 'silent' });

async function taken(root: string, hostName = 'host.one') {
  const folder = await takeWorkFolder(root, hostName);
  onTestFinished(() => folder.release());
  return folder;
}

/** Another process that holds a lock until it is killed. */
async function holder(path: string) {
  const program = `const { lockFile } = await import(${JSON.stringify(join(import.meta.dirname, 'lock-file.ts'))});
    globalThis.held = await lockFile(${JSON.stringify(path)});
    console.log(globalThis.held === null ? 'taken' : 'held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until('the lock to be held', () => output.includes('held'));
  return child;
}

describe('lockFile', () => {
  it('keeps others out until it is released', async () => {
    const path = join(await testFolder(), 'lock');
    const release = await lockFile(path);
    expect(await lockFile(path)).toBeNull();
    release?.();
    const again = await lockFile(path);
    expect(again).not.toBeNull();
    again?.();
  });

  it('lets go of what a killed process held', async () => {
    const path = join(await testFolder(), 'lock');
    const child = await holder(path);
    expect(await lockFile(path)).toBeNull();
    child.kill('SIGKILL');
    const release = await until('the lock to be free', () => lockFile(path));
    release();
  });

  it('is not handed on to child processes', async () => {
    const path = join(await testFolder(), 'lock');
    const release = await lockFile(path);
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    await until('the child to run', () => child.pid);
    release?.();
    const again = await lockFile(path);
    expect(again).not.toBeNull();
    again?.();
  });
});

describe('the work folder', () => {
  it('is a folder of its own for each consumer, which nobody else may enter', async () => {
    const root = join(await testFolder(), 'work');
    const folders = await Promise.all([taken(root), taken(root), taken(root)]);
    expect(folders.map(({ number }) => number).sort()).toEqual([1, 2, 3]);
    expect(new Set(folders.map(({ identity }) => identity)).size).toBe(3);
    for (const { path } of folders) expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('keeps its identity, whatever the host is called when it is taken again', async () => {
    const root = await testFolder();
    const first = await takeWorkFolder(root, 'host.one');
    first.release();
    const again = await taken(root, 'host-two');
    expect(again).toMatchObject({ number: 1, path: first.path, identity: first.identity });
    expect(first.identity).toMatch(/^host\.one-[0-9a-f]{12}$/);
  });

  it.each(['', '_', 'Ö', '-x', 'a b/c', 'x'.repeat(200)])(
    'makes an identity that the private API takes on a host called %j',
    async (hostName) => {
      expect((await taken(await testFolder(), hostName)).identity).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
    },
  );
});

describe('takeGpus', () => {
  const device = (uuid: string): Device => ({ uuid, name: 'G', memoryBytes: 1, kind: 'gpu', groups: [], trouble: null });
  const source = fixedDevices(['GPU-1', 'GPU-2'].map(device));
  const uuidsOf = ({ devices }: TakenGpus) => devices.map(({ uuid }) => uuid);

  it('takes all that are found and that no other consumer has', async () => {
    const root = await testFolder();
    const one = await takeGpus(['GPU-1'], { root, log });
    const rest = await takeGpus('auto', { root, log, source });
    expect(uuidsOf(rest)).toEqual(['GPU-2']);
    one.release();
    rest.release();
    const all = await takeGpus('auto', { root, log, source });
    expect(uuidsOf(all)).toEqual(['GPU-1', 'GPU-2']);
    all.release();
  });

  it('refuses to share a GPU that was asked for by name', async () => {
    const root = await testFolder();
    const one = await takeGpus(['GPU-1'], { root, log });
    await expect(takeGpus(['GPU-1'], { root, log })).rejects.toThrow('The GPU GPU-1 in GPUS is used by another consumer');
    one.release();
  });

  it('refuses a GPU that this machine does not have, and names those that it has', async () => {
    const place = { root: await testFolder(), log, source };
    const refusal = takeGpus(['GPU-1', 'GPU-3'], place);
    await expect(refusal).rejects.toThrow('The GPU GPU-3 in GPUS is not on this machine. nvidia-smi lists: GPU-1, GPU-2.');
    await expect(refusal).rejects.toMatchObject({ isConfiguration: true });
  });

  it('takes what it is told where nvidia-smi knows nothing of it', async () => {
    const root = await testFolder();
    for (const [uuid, gpus] of [
      ['GPU-3', fixedDevices([])],
      ['MIG-1', source],
    ] as const) {
      const one = await takeGpus([uuid], { root, log, source: gpus });
      expect(uuidsOf(one)).toEqual([uuid]);
      one.release();
    }
  });

  it('refuses to start without GPUs when they cannot be listed: waiting tasks would fail', async () => {
    const broken = { list: () => Promise.reject(new Error('nvidia-smi failed.')) };
    const place = { root: await testFolder(), log, source: broken };
    await expect(takeGpus('auto', place)).rejects.toThrow('nvidia-smi failed. With GPUS=none');
    expect(uuidsOf(await takeGpus([], place))).toEqual([]);
  });
});

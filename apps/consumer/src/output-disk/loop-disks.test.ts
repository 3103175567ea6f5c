import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createInProcessQueue } from '@inference/queue';
import { frozenDisk, has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { OrphanSweep } from '../orphan-sweep.ts';
import { Board } from '../testing/board.ts';
import { testConsumerDeps } from '../testing/open-lane.ts';
import { LoopDisks } from './loop-disks.ts';
import { openOutputDisks } from './open-output-disks.ts';

const run = promisify(execFile);
const MIB = 1024 ** 2;
const LIMIT_MS = 4_000;
const ROOM = { bytes: 8 * MIB, entries: 1_000 };

/** The folder of an attempt for the running test; what is mounted below it goes before it. */
async function attemptFolder(): Promise<string> {
  const root = await testFolder();
  onTestFinished(() => new LoopDisks(true).letGo(root));
  return root;
}

async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.filter((line) => line.includes(folder));
}

describe.skipIf(!has('loop-files'))('outputs on disks of their own', { timeout: 60_000 }, () => {
  it('hold what the limit says, and little more', async () => {
    const disk = await new LoopDisks(true).make(await attemptFolder(), ROOM);
    const { bavail, bsize, ffree } = await statfs(disk?.folder ?? '');
    expect(bavail * bsize).toBeGreaterThanOrEqual(ROOM.bytes);
    expect(bavail * bsize).toBeLessThan(ROOM.bytes + 8 * MIB);
    expect(ffree).toBeGreaterThanOrEqual(ROOM.entries);
  });

  it('take no more than they hold, and say that they are full', async () => {
    const disk = await new LoopDisks(true).make(await attemptFolder(), ROOM);
    expect(await disk?.isFull()).toBe(false);
    const dd = run('dd', ['if=/dev/zero', `of=${disk?.folder}/large`, 'bs=1M']);
    await expect(dd).rejects.toThrow(/No space left on device/);
    expect(await disk?.isFull()).toBe(true);
  });

  it('let no device and no setuid program of a model work', async () => {
    const root = await attemptFolder();
    await new LoopDisks(true).make(root, ROOM);
    const [line = ''] = await mountsBelow(root);
    expect(line).toContain('nosuid');
    expect(line).toContain('nodev');
  });

  it('are found again by the next process, also where they are not mounted any more', async () => {
    const root = await attemptFolder();
    const first = await new LoopDisks(true).make(root, ROOM);
    await writeFile(join(first?.folder ?? '', 'result'), 'kept');
    const again = await new LoopDisks(true).make(root, ROOM);
    expect(await mountsBelow(root)).toHaveLength(1);
    await new LoopDisks(true).letGo(root);
    // The setting was changed meanwhile.
    const later = await new LoopDisks(false).make(root, ROOM);
    expect([again?.folder, later?.folder]).toEqual([first?.folder, first?.folder]);
    expect(await readFile(join(later?.folder ?? '', 'result'), 'utf8')).toBe('kept');
  });

  it('are let go of, and may be twice', async () => {
    const root = await attemptFolder();
    const disks = new LoopDisks(true);
    await disks.make(root, ROOM);
    await disks.letGo(root);
    await disks.letGo(root);
    expect(await mountsBelow(root)).toEqual([]);
    await rm(root, { recursive: true });
    await expect(lstat(root)).rejects.toThrow('ENOENT');
  });

  it('that a process left which was killed are swept, wherever it was killed', async () => {
    const outputDisks = new LoopDisks(true);
    const deps = { ...(await testConsumerDeps(new Board(), createInProcessQueue())), outputDisks };
    const attempts = join(deps.workFolder, 'attempts');
    const [beforeMount, afterMount] = [join(attempts, 'before-mount'), join(attempts, 'after-mount')];
    for (const root of [beforeMount, afterMount]) {
      await mkdir(root, { recursive: true });
      await outputDisks.make(root, ROOM);
    }
    await outputDisks.letGo(beforeMount);
    await new OrphanSweep(deps, []).loop.runOnce();
    expect(await readdir(attempts)).toEqual([]);
    expect(await mountsBelow(deps.workFolder)).toEqual([]);
  });

  it('are tried at the start, and leave nothing there', async () => {
    const folder = await testFolder();
    await openOutputDisks('loop', folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it('are given up at a time limit where no signal ends what makes them, and only those of that attempt', async () => {
    const frozen = await frozenDisk();
    const folder = await testFolder();
    await writeFile(join(folder, 'mkfs.ext4'), `#!/bin/sh\necho started >> ${folder}/starts\necho made > ${frozen.folder}/made\nexit 1\n`);
    await chmod(join(folder, 'mkfs.ext4'), 0o755);
    vi.stubEnv('PATH', `${folder}:/usr/sbin:/usr/bin:/sbin:/bin`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const starts = async () => (await readFile(join(folder, 'starts'), 'utf8')).trim().split('\n').length;
    const disks = new LoopDisks(true, LIMIT_MS);
    const [root, another] = [await attemptFolder(), await attemptFolder()];
    const late = 'mkfs.ext4 did not end within 4 s.';
    await expect(disks.make(root, ROOM)).rejects.toThrow(late);
    expect(await readdir(root)).toEqual([]);
    await expect(disks.make(root, ROOM)).rejects.toThrow(late);
    expect(await starts()).toBe(1);
    await expect(disks.make(another, ROOM)).rejects.toThrow(late);
    expect(await starts()).toBe(2);
    await frozen.thaw();
    const failed = async () => (await disks.make(root, ROOM).catch(String))?.toString().includes('Command failed');
    await until('the first one to have ended, and another to be started', failed);
  });
});

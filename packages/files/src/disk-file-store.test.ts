import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Disk, nodeDisk } from '@inference/disk';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { openDiskFileStore } from './disk-file-store.ts';
import { fileStoreConformance, leaveUnfinished, makeFileOld } from './file-store.conformance.ts';

const MIB = 1024 ** 2;

async function setup(faults: Partial<Disk> = {}) {
  const root = await testFolder();
  const store = await openDiskFileStore(root, { ...nodeDisk, ...faults });
  const countFiles = async () => (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  return { root, store, countFiles, makeOld: (key: string) => makeFileOld(join(root, key)) };
}

fileStoreConformance('the disk', () => setup());

describe('the disk file store', () => {
  it('sweeps an unfinished file that a crash left, once it is old', async () => {
    const { root, store, countFiles } = await setup();
    const left = join(root, 'tmp', 'left');
    await leaveUnfinished(left);
    expect(await store.sweep(60_000, async () => new Set())).toBe(0);
    await makeFileOld(left);
    expect(await store.sweep(60_000, async () => new Set())).toBe(1);
    expect(await countFiles()).toBe(0);
  });

  it('sweeps all orphans but the one that cannot be deleted, and then tells of it', async () => {
    const failure = new Error('EPERM: operation not permitted, unlink');
    const { root, store } = await setup({
      remove: async (path) => (path.endsWith('stuck.zip') ? Promise.reject(failure) : nodeDisk.remove(path)),
    });
    for (const key of ['tmp/a.stuck.zip', 'inputs/a.zip', 'inputs/b.stuck.zip', 'inputs/c.zip', 'outputs/a.zip']) {
      await leaveUnfinished(join(root, key));
      await makeFileOld(join(root, key));
    }
    await expect(store.sweep(60_000, async () => new Set())).rejects.toBe(failure);
    expect(await readdir(join(root, 'inputs'))).toEqual(['b.stuck.zip']);
    expect(await readdir(join(root, 'outputs'))).toEqual([]);
  });

  it.each([64, 65])('takes no upload of %i MiB whose early flush failed, of which the kernel tells only once', async (mebibytes) => {
    const failure = new Error('EIO: i/o error, fsync');
    const { store, countFiles } = await setup({
      create: async (path) => {
        const file = await nodeDisk.create(path);
        let syncs = 0;
        const sync = async () => {
          syncs += 1;
          if (syncs === 1) throw failure;
        };
        return { ...file, sync };
      },
    });
    const body = Readable.from(Array.from({ length: mebibytes }, () => Buffer.alloc(MIB)));
    await expect(store.receive(body, 1e9)).rejects.toBe(failure);
    expect(await countFiles()).toBe(0);
  });
});

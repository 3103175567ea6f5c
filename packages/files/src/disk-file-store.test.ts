import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { openDiskFileStore } from './disk-file-store.ts';
import { fileStoreConformance, leaveUnfinished, makeFileOld } from './file-store.conformance.ts';

async function setup() {
  const root = await testFolder();
  const store = await openDiskFileStore(root);
  const countFiles = async () => (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;
  return { root, store, countFiles, makeOld: (key: string) => makeFileOld(join(root, key)) };
}

fileStoreConformance('the disk', setup);

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
});

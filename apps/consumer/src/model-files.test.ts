import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeDisk } from '@inference/disk';
import { testFolder, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ModelFiles } from './model-files.ts';
import { ZIPS } from './zips.ts';

async function setup(bytesMax = 1e9) {
  const root = join(await testFolder(), 'models');
  const files = new ModelFiles({ root, bytesMax, disk: nodeDisk, zips: ZIPS });
  let fetches = 0;
  const zip = async (name: string, content: string) => {
    const bytes = await zipOf({ 'weights.bin': content });
    return {
      sha256: name,
      bytes: bytes.length,
      fetch: (path: string) => {
        fetches += 1;
        return writeFile(path, bytes);
      },
    };
  };
  const usedLongAgo = async (name: string) => utimes(join(root, name), new Date(0), new Date(0));
  return { root, files, zip, usedLongAgo, fetches: () => fetches };
}

describe('the files of models', () => {
  it('are fetched and extracted once for attempts that want them at the same time, and later', async () => {
    const { files, zip, fetches } = await setup();
    const model = await zip('a', 'weights');
    const held = await Promise.all([files.hold(model), files.hold(model), files.hold(model)]);
    await files.hold(model);
    expect(fetches()).toBe(1);
    expect(await readFile(join(String(held[0]?.folder), 'weights.bin'), 'utf8')).toBe('weights');
  });

  it('go when others need the room, those used longest ago first', async () => {
    const { root, files, zip, usedLongAgo } = await setup(2100);
    for (const name of ['a', 'b']) (await files.hold(await zip(name, 'x'.repeat(1000)))).release();
    await usedLongAgo('a');
    await files.hold(await zip('c', 'y'.repeat(1000)));
    expect((await readdir(root)).sort()).toEqual(['b', 'c']);
  });

  it('stay while an attempt uses them, however little room there is', async () => {
    const { root, files, zip } = await setup(10);
    await files.hold(await zip('a', 'x'.repeat(1000)));
    await files.hold(await zip('b', 'x'.repeat(1000)));
    expect((await readdir(root)).sort()).toEqual(['a', 'b']);
  });

  it('are fetched anew when an earlier arrival was cut off', async () => {
    const { root, files, zip } = await setup();
    await mkdir(join(root, 'a.partial'), { recursive: true });
    await writeFile(join(root, 'a.partial', 'half'), 'half');
    const held = await files.hold(await zip('a', 'whole'));
    expect(await readdir(held.folder)).toEqual(['weights.bin']);
  });

  it('are fetched by the next that waits for them, when the attempt that began is interrupted', async () => {
    const { files, zip, fetches } = await setup();
    const model = await zip('a', 'weights');
    const interrupted = Promise.withResolvers<void>();
    const fetch = async () => {
      await interrupted.promise;
      throw new Error('cancelled');
    };
    const first = files.hold({ ...model, fetch });
    const waiting = [files.hold(model), files.hold(model)];
    interrupted.resolve();
    await expect(first).rejects.toThrow('cancelled');
    for (const held of await Promise.all(waiting)) expect(await readdir(held.folder)).toEqual(['weights.bin']);
    expect(fetches()).toBe(1);
  });

  it('can be asked for again after a fetch that failed', async () => {
    const { files, zip } = await setup();
    const model = await zip('a', 'weights');
    await expect(files.hold({ ...model, fetch: () => Promise.reject(new Error('away')) })).rejects.toThrow('away');
    expect(await readdir((await files.hold(model)).folder)).toEqual(['weights.bin']);
  });
});

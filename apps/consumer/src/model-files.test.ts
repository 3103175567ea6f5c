import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, nodeDisk } from '@inference/disk';
import { testFolder, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ModelFiles } from './model-files.ts';
import { ZIPS } from './zips.ts';

async function setup(bytesMax = 1e9, disk: Disk = nodeDisk) {
  const root = join(await testFolder(), 'models');
  const process = (own = disk) => new ModelFiles({ root, bytesMax, disk: own, zips: ZIPS });
  const files = process();
  let fetches = 0;
  const zip = async (name: string, content: string) => {
    const bytes = await zipOf({ 'weights.bin': content });
    return {
      sha256: name,
      bytes: bytes.length,
      signal: new AbortController().signal,
      fetch: (path: string) => {
        fetches += 1;
        return writeFile(path, bytes);
      },
    };
  };
  const usedLongAgo = async (name: string) => utimes(join(root, name), new Date(0), new Date(0));
  return { root, files, process, zip, usedLongAgo, fetches: () => fetches };
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

  it('go once, when two attempts need room at once', async () => {
    const { root, files, zip, usedLongAgo } = await setup(1100);
    (await files.hold(await zip('a', 'x'.repeat(1000)))).release();
    await usedLongAgo('a');
    const others = await Promise.all(['b', 'c'].map((name) => zip(name, 'y'.repeat(1000))));
    await Promise.all(others.map((other) => files.hold(other)));
    expect((await readdir(root)).sort()).toEqual(['b', 'c']);
  });

  it('make room for others that come while they get their name', async () => {
    const looking = Promise.withResolvers<void>();
    const named = Promise.withResolvers<void>();
    const list: Disk['list'] = async (path) => {
      if (path.endsWith('/a.partial')) {
        looking.resolve();
        await named.promise;
      }
      return await nodeDisk.list(path);
    };
    const { root, files, zip } = await setup(1e9, { ...nodeDisk, list });
    const model = await zip('a', 'x');
    const fetch = async (path: string) => {
      await mkdir(path.replace('.zip', ''));
      const other = files.hold(await zip('b', 'y'));
      await looking.promise;
      await rm(path.replace('.zip', ''), { recursive: true });
      named.resolve();
      await other;
      await model.fetch(path);
    };
    await files.hold({ ...model, fetch });
    expect((await readdir(root)).sort()).toEqual(['a', 'b']);
  });

  it('stay while an attempt uses them, however little room there is', async () => {
    const { root, files, zip } = await setup(10);
    await files.hold(await zip('a', 'x'.repeat(1000)));
    await files.hold(await zip('b', 'x'.repeat(1000)));
    expect((await readdir(root)).sort()).toEqual(['a', 'b']);
  });

  it('are fetched anew when the process died while they went', async () => {
    const { files, process, zip, usedLongAgo } = await setup(1100);
    const model = await zip('a', 'x'.repeat(1000));
    (await files.hold(model)).release();
    await usedLongAgo('a');
    const dies: Disk['remove'] = async (path) => {
      if (!path.includes('/a')) return await nodeDisk.remove(path);
      await nodeDisk.remove(join(path, 'weights.bin'));
      throw new Error('killed');
    };
    await expect(process({ ...nodeDisk, remove: dies }).hold(await zip('b', 'y'.repeat(1000)))).rejects.toThrow('killed');
    expect(await readdir((await process().hold(model)).folder)).toEqual(['weights.bin']);
  });

  it('are fetched anew for an attempt that comes while they go', async () => {
    const renaming = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const rename: Disk['rename'] = async (from, to) => {
      if (from.endsWith('/a')) {
        renaming.resolve();
        await gate.promise;
      }
      await nodeDisk.rename(from, to);
    };
    const { files, zip, usedLongAgo, fetches } = await setup(1100, { ...nodeDisk, rename });
    const model = await zip('a', 'x'.repeat(1000));
    (await files.hold(model)).release();
    await usedLongAgo('a');
    const other = files.hold(await zip('b', 'y'.repeat(1000)));
    await renaming.promise;
    const held = files.hold(model);
    gate.resolve();
    await other;
    expect(await readdir((await held).folder)).toEqual(['weights.bin']);
    expect(fetches()).toBe(3);
  });

  it('go after what was cut off on its way here', async () => {
    const { root, files, zip } = await setup(1050);
    await mkdir(join(root, 'c.partial'), { recursive: true });
    await writeFile(join(root, 'c.partial', 'half'), 'z'.repeat(1000));
    (await files.hold(await zip('a', 'x'.repeat(1000)))).release();
    expect(await readdir(root)).toEqual(['a']);
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

  it('are waited for no longer by an attempt that is interrupted, whoever fetches them', async () => {
    const { files, zip } = await setup();
    const model = await zip('a', 'weights');
    const [fetched, stop] = [Promise.withResolvers<void>(), new AbortController()];
    const first = files.hold({ ...model, fetch: (path) => fetched.promise.then(() => model.fetch(path)) });
    const second = files.hold({ ...model, signal: stop.signal });
    stop.abort(new Error('cancelled'));
    await expect(second).rejects.toThrow('cancelled');
    fetched.resolve();
    expect(await readdir((await first).folder)).toEqual(['weights.bin']);
  });

  it('are extracted no further for an attempt that is interrupted, and then nothing of them is left', async () => {
    const { root, files, zip } = await setup();
    const model = await zip('a', 'weights');
    const stop = new AbortController();
    const fetch = async (path: string) => {
      await model.fetch(path);
      stop.abort(new Error('cancelled'));
    };
    await expect(files.hold({ ...model, fetch, signal: stop.signal })).rejects.toThrow('cancelled');
    expect(await readdir(root)).toEqual([]);
  });

  it('leave nothing behind that did not fit onto the disk', async () => {
    const makeFolder: Disk['makeFolder'] = async (path, mode) => {
      if (path.endsWith('.partial')) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      await nodeDisk.makeFolder(path, mode);
    };
    const { root, files, zip } = await setup(1e9, { ...nodeDisk, makeFolder });
    await expect(files.hold(await zip('a', 'weights'))).rejects.toThrow('full');
    expect(await readdir(root)).toEqual([]);
  });

  it('go one by one where the disk is too full: first what is half, then the oldest, but none that is needed', async () => {
    const { root, files, zip, usedLongAgo } = await setup();
    expect(await files.letGoOfOldest([])).toBe(false);
    for (const name of ['a', 'b', 'c']) (await files.hold(await zip(name, 'weights'))).release();
    await files.hold(await zip('d', 'weights'));
    for (const name of ['a', 'c', 'd']) await usedLongAgo(name);
    await mkdir(join(root, 'e.partial'));
    const left: string[][] = [];
    while (await files.letGoOfOldest(['c'])) left.push((await readdir(root)).sort());
    expect(left).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'c', 'd'],
      ['c', 'd'],
    ]);
  });

  it('are let go of once, however often an attempt says that it needs them no more', async () => {
    const { files, zip } = await setup();
    const model = await zip('a', 'weights');
    const [first] = [await files.hold(model), await files.hold(model)];
    first.release();
    first.release();
    expect(await files.letGoOfOldest([])).toBe(false);
  });

  it('can be asked for again after a fetch that failed', async () => {
    const { files, zip } = await setup();
    const model = await zip('a', 'weights');
    await expect(files.hold({ ...model, fetch: () => Promise.reject(new Error('away')) })).rejects.toThrow('away');
    expect(await readdir((await files.hold(model)).folder)).toEqual(['weights.bin']);
  });
});

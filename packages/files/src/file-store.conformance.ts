import { createHash } from 'node:crypto';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { ByteRange, FileStore } from './file-store.ts';

type Opened = { store: FileStore; countFiles: () => Promise<number>; makeOld: (key: string) => Promise<void> };

/** What every adapter of `FileStore` promises. `open` makes an empty store; `countFiles` counts all that lies in it, unfinished files included. */
export function fileStoreConformance(name: string, open: () => Promise<Opened>): void {
  describe(`${name} as a file store`, () => {
    const content = Buffer.from('some bytes of a zip');
    const kept = async (store: FileStore, key: string) => (await store.receive(Readable.from([content]), 1000)).keep(key);

    it('gives back what it was given, with its size and hash', async () => {
      const { store } = await open();
      const file = await kept(store, 'inputs/one.zip');
      expect(file).toEqual({ key: 'inputs/one.zip', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
      expect(await store.size('inputs/one.zip')).toBe(content.length);
      expect(await contentOf(store, 'inputs/one.zip')).toEqual(content);
    });

    it('keeps a body of many megabytes whole and in order', async () => {
      const { store } = await open();
      const chunks = Array.from({ length: 300 }, (_, at) => Buffer.alloc(65_000, at));
      const file = await (await store.receive(Readable.from(chunks), 1e9)).keep('inputs/large.zip');
      expect(file.bytes).toBe(300 * 65_000);
      expect((await contentOf(store, 'inputs/large.zip'))?.equals(Buffer.concat(chunks))).toBe(true);
    });

    it('tells how much room there is', async () => {
      const { bytes, freeBytes } = await (await open()).store.space();
      expect([Number.isSafeInteger(bytes), bytes > 0, freeBytes >= 0, freeBytes <= bytes]).toEqual([true, true, true, true]);
    });

    it('reads a range, both ends included', async () => {
      const { store } = await open();
      await kept(store, 'outputs/one.zip');
      expect((await contentOf(store, 'outputs/one.zip', { start: 5, end: 9 }))?.toString()).toBe('bytes');
    });

    it('stops reading when no more is wanted', async () => {
      const { store } = await open();
      await (await store.receive(Readable.from([Buffer.alloc(4_000_000)]), 1e9)).keep('outputs/large.zip');
      let pieces = 0;
      const found = await store.read('outputs/large.zip', async () => {
        pieces += 1;
        return false;
      });
      expect([found, pieces]).toEqual([true, 1]);
    });

    it('puts a file at a path', async () => {
      const { store } = await open();
      await kept(store, 'models/one.zip');
      const path = join(await testFolder(), 'copy.zip');
      await store.copyTo('models/one.zip', path);
      expect(await readFile(path)).toEqual(content);
    });

    it('keeps a file under a second key, which outlives the first and counts as new', async () => {
      const { store, countFiles, makeOld } = await open();
      await kept(store, 'inputs/one.zip');
      await makeOld('inputs/one.zip');
      expect(await store.copy('inputs/one.zip', 'inputs/two.zip')).toBe(true);
      await store.delete('inputs/one.zip');
      await store.sweep(60_000, async () => new Set());
      expect(await contentOf(store, 'inputs/two.zip')).toEqual(content);
      expect(await store.copy('inputs/none.zip', 'inputs/three.zip')).toBe(false);
      expect(await countFiles()).toBe(1);
    });

    it('says so when a file is not there, and deletes one without complaint', async () => {
      const { store } = await open();
      expect(await contentOf(store, 'inputs/none.zip')).toBeNull();
      expect(await store.size('inputs/none.zip')).toBeNull();
      await store.delete('inputs/none.zip');
    });

    it('keeps the first id that it is given, whoever claims it at the same time', async () => {
      const { store } = await open();
      expect(await store.id()).toBeNull();
      const claims = await Promise.all(['one', 'two', 'three'].map((id) => store.claimId(id)));
      expect(new Set(claims).size).toBe(1);
      expect([await store.claimId('late'), await store.id()]).toEqual([claims[0], claims[0]]);
    });

    it('is empty until a file is kept, whatever its id and its probes', async () => {
      const { store, countFiles } = await open();
      await store.probe();
      expect(await countFiles()).toBe(0);
      await store.claimId('one');
      expect(await store.isEmpty()).toBe(true);
      await kept(store, 'models/one.zip');
      expect(await store.isEmpty()).toBe(false);
    });

    it('refuses a body above the limit and leaves nothing of it', async () => {
      const { store, countFiles } = await open();
      await expect(store.receive(Readable.from([content]), 5)).rejects.toMatchObject({ code: 'upload_too_large' });
      expect(await countFiles()).toBe(0);
    });

    it('leaves nothing of a body that breaks off, or that is discarded', async () => {
      const { store, countFiles } = await open();
      const broken = Readable.from(
        (async function* () {
          yield content;
          throw new Error('gone');
        })(),
      );
      await expect(store.receive(broken, 1000)).rejects.toThrow('gone');
      await (await store.receive(Readable.from([content]), 1000)).discard();
      expect(await countFiles()).toBe(0);
    });

    it('takes no key that leaves its folders', async () => {
      const { store } = await open();
      for (const key of ['../secret', 'inputs/../../x', '/etc/passwd', 'inputs/', 'inputs/..', 'other/x', 'inputs/a/b']) {
        await expect(store.read(key, async () => true)).rejects.toThrow('not a key');
      }
    });

    it('sweeps what is old and named by nobody, and nothing else', async () => {
      const { store, makeOld } = await open();
      for (const key of ['inputs/orphan.zip', 'inputs/named.zip', 'inputs/young.zip']) await kept(store, key);
      await makeOld('inputs/orphan.zip');
      await makeOld('inputs/named.zip');
      const asked: string[] = [];
      const gone = await store.sweep(60_000, async (keys) => {
        asked.push(...keys);
        return new Set(['inputs/named.zip']);
      });
      expect(gone).toBe(1);
      expect(asked.sort()).toEqual(['inputs/named.zip', 'inputs/orphan.zip']);
      expect(await store.size('inputs/orphan.zip')).toBeNull();
      expect(await store.size('inputs/named.zip')).toBe(content.length);
    });
  });
}

/** The content of a stored file, or of a range of it; null: there is none. */
async function contentOf(store: FileStore, key: string, range?: ByteRange): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  const found = await store.read(
    key,
    async (bytes) => {
      pieces.push(Buffer.from(bytes));
      return true;
    },
    range,
  );
  return found ? Buffer.concat(pieces) : null;
}

/** Makes a file on disk look an hour old. */
export async function makeFileOld(path: string): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  await utimes(path, then, then);
}

/** Writes what a crash would have left. */
export async function leaveUnfinished(path: string): Promise<void> {
  await writeFile(path, 'half');
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZIP_LIMITS } from '@inference/domain';
import { testFolder, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { checkZip } from './check-zip.ts';
import { findInStoredZip, listStoredZip, type ZipSource } from './stored-zip.ts';
import { type FileToZip, zipFiles } from './zip-files.ts';

async function* filesOf(files: Readonly<Record<string, string>>): AsyncGenerator<FileToZip> {
  for (const [name, content] of Object.entries(files)) yield { name, content: Readable.from([Buffer.from(content)]) };
}

async function checked(zip: Buffer) {
  const path = join(await testFolder(), 'a.zip');
  await writeFile(path, zip);
  return await checkZip(path, ZIP_LIMITS);
}

function sourceOf(zip: Buffer): ZipSource {
  return { bytes: zip.length, read: (start, end) => Readable.from([zip.subarray(start, end + 1)]) };
}

describe('plain files', () => {
  it('make a zip that the check accepts, the same one each time', async () => {
    const files = { 'a.txt': 'hello', 'sub/b.txt': '', 'ü.bin': 'x'.repeat(200_000) };
    const zip = await buffer(zipFiles(filesOf(files)));
    expect(await checked(zip)).toMatchObject({ ok: true, entries: 3, contentBytes: 200_005 });
    expect((await buffer(zipFiles(filesOf(files)))).equals(zip)).toBe(true);
  });

  it('with names that leave the folder make a zip that the check refuses', async () => {
    const zip = await buffer(zipFiles(filesOf({ '../evil': 'x' })));
    expect(await checked(zip)).toMatchObject({ ok: false, code: 'zip_path_escape' });
  });
});

describe('a stored zip', () => {
  const content = { 'a.txt': 'hello', 'sub/b.bin': Buffer.alloc(500_000, 'abc') };

  it('is listed, up to where that is enough', async () => {
    const source = sourceOf(await zipOf(content));
    const seen: string[] = [];
    await listStoredZip(source, ({ path, bytes }) => seen.push(`${path} ${bytes}`) > 0);
    expect(seen).toEqual(['a.txt 5', 'sub/b.bin 500000']);
    const first: string[] = [];
    await listStoredZip(source, ({ path }) => first.push(path) < 1);
    expect(first).toEqual(['a.txt']);
  });

  it('gives one entry, packed or not, and none where there is none', async () => {
    for (const zip of [await zipOf(content), await buffer(zipFiles(filesOf({ 'sub/b.bin': String(content['sub/b.bin']) })))]) {
      const found = await findInStoredZip(sourceOf(zip), 'sub/b.bin');
      expect((await buffer(found!.open())).equals(content['sub/b.bin'])).toBe(true);
      expect(await findInStoredZip(sourceOf(zip), 'sub/c.bin')).toBeNull();
    }
  });

  it('says so when the content of an entry is damaged', async () => {
    const zip = await buffer(zipFiles(filesOf({ 'a.txt': 'hello' })));
    zip.writeUInt8(zip.readUInt8(zip.indexOf('hello')) ^ 1, zip.indexOf('hello'));
    const found = await findInStoredZip(sourceOf(zip), 'a.txt');
    await expect(buffer(found!.open())).rejects.toThrow('damaged');
  });
});

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ZIP_LIMITS } from '@inference/domain';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { checkZip } from './check-zip.ts';
import type { PackedSizes } from './pack-file.ts';
import { ZipWriter } from './zip-writer.ts';

const changed = new Date(Date.UTC(2026, 0, 2));
const content = Buffer.from('voxels');
const whole = { packed: content, method: 0, crc32: crc32(content), contentBytes: content.length } as const;

async function* streamed(): AsyncGenerator<Buffer, PackedSizes> {
  yield content;
  return { crc32: crc32(content), contentBytes: content.length, compressedBytes: content.length };
}

/** Lets Python, Info-ZIP and our own check read a zip; Python's entry count. */
async function read(pieces: Buffer[]): Promise<number> {
  const path = join(await testFolder(), 'out.zip');
  await writeFile(path, Buffer.concat(pieces));
  expect(await checkZip(path, ZIP_LIMITS)).toMatchObject({ ok: true });
  execFileSync('unzip', ['-tqq', path]);
  const script = 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(len(z.namelist()))';
  return Number(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }));
}

describe.skipIf(!has('python3', 'unzip'))('The zip writer', () => {
  it('writes more than 65,535 entries with 64-bit end records', async () => {
    const writer = new ZipWriter();
    const pieces: Buffer[] = [];
    for (let index = 0; index < 65_600; index++) {
      writer.addWhole({ name: `${index}`, changed }, whole);
      pieces.push(...writer.take());
    }
    pieces.push(...writer.finish());
    expect(Buffer.concat(pieces).includes(Buffer.from('PK\x06\x07', 'latin1'))).toBe(true);
    expect(await read(pieces)).toBe(65_600);
  });

  it('writes 64-bit sizes for a streamed entry that may pass 4 GiB, and 32-bit ones for others', async () => {
    const writer = new ZipWriter();
    const pieces: Buffer[] = [];
    for (const bytes of [5_000_000_000, 1000]) {
      for await (const piece of writer.addStreamed({ name: `${bytes}`, changed, bytes, method: 0 }, streamed())) pieces.push(piece);
    }
    pieces.push(...writer.finish());
    const zip = Buffer.concat(pieces);
    const second = zip.indexOf('PK\x03\x04', 4, 'latin1');
    // The descriptor in front of the second entry is 24 bytes long, the one in front of the directory 16.
    expect(zip.indexOf('PK\x07\x08', 0, 'latin1')).toBe(second - 24);
    expect(zip.indexOf('PK\x07\x08', second, 'latin1')).toBe(zip.indexOf('PK\x01\x02', 0, 'latin1') - 16);
    expect(await read(pieces)).toBe(2);
    expect([writer.entries, writer.contentBytes]).toEqual([2, 12]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { OUTPUT_LIMITS } from '@inference/domain';
import { ZipArchive } from 'archiver';
import { collectFolder } from '../collect-folder.ts';
import { type BuiltEntry, buildZip, extraField, unicodePathField, zip64Field } from './build-zip.ts';

const ONES = 0xffffffff;
const TEXT = 'slices of a scan, '.repeat(12);
const LARGE = 'voxels '.repeat(20_000);

const BUILT: BuiltEntry[][] = [
  [{ name: 'a.txt', content: TEXT }],
  [
    { name: 'a.txt', content: TEXT, method: 8 },
    { name: 'b.txt', content: 'b', method: 8 },
    { name: 'c.txt', method: 8 },
  ],
  ([12, 16, 20, 24] as const).map((descriptor) => ({ name: `d${descriptor}.txt`, content: TEXT, method: 8, descriptor })),
  ([12, 16, 20, 24] as const).map((descriptor) => ({ name: `s${descriptor}.txt`, content: TEXT, descriptor })),
  [
    { name: 'd/', mode: 0o040755 },
    { name: 'd/e/', mode: 0o040755 },
    { name: 'd/e/f.txt', content: TEXT },
    { name: 'd/g.txt', content: 'g' },
  ],
  [
    { name: 'Größe/日本.txt', content: TEXT, flags: 0x800 },
    { name: 'Größe/x.txt', content: 'x' },
  ],
  [{ name: Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65]), content: TEXT, madeBy: 20, externalAttributes: 0x20 }],
  [{ name: 'a.txt', content: TEXT, comment: 'of an entry', extra: extraField(0x5455, Buffer.from([1, 1, 2, 3, 4])) }],
  [
    { name: 'a.txt', content: TEXT, extra: unicodePathField('a.txt', 'a.txt') },
    { name: 'b.txt', content: 'b' },
  ],
  [
    {
      name: 'wide.txt',
      content: TEXT,
      local: { contentBytes: ONES, compressedBytes: ONES, extra: zip64Field(BigInt(TEXT.length), BigInt(TEXT.length)) },
      central: { contentBytes: ONES, compressedBytes: ONES, extra: zip64Field(BigInt(TEXT.length), BigInt(TEXT.length)) },
    },
  ],
  [
    { name: 'large.bin', content: LARGE, method: 8 },
    { name: 'after.txt', content: 'after' },
  ],
];

/** Small good zips of many kinds and writers, for a fuzz run to break. The same every time, but for archiver's and our own writer's times. */
export async function goodZips(folder: string): Promise<Buffer[]> {
  const built = BUILT.map((entries) => buildZip(entries));
  const comment = buildZip([{ name: 'a.txt', content: TEXT }], { comment: Buffer.from('a comment of the whole zip') });
  const wide = buildZip(
    [
      { name: 'a.txt', content: TEXT },
      { name: 'b.txt', content: 'b' },
    ],
    { zip64: {} },
  );
  const nested = buildZip([
    { name: 'inner.zip', content: wide },
    { name: 'z.txt', content: 'z' },
  ]);
  return [...built, comment, wide, nested, ...(await otherWriters(folder))];
}

async function otherWriters(folder: string): Promise<Buffer[]> {
  const script = `import zipfile, sys
for name, method in (('stored', 0), ('deflated', 8)):
    with open(name + '.zip', 'wb') as file:
        with zipfile.ZipFile(file, 'w', method) as z:
            z.writestr(zipfile.ZipInfo('d/'), b'')
            z.writestr(zipfile.ZipInfo('d/a.txt'), ${JSON.stringify(TEXT)}, method)
            z.writestr(zipfile.ZipInfo('d/b.txt'), b'b', method)
`;
  execFileSync('python3', ['-c', script], { cwd: folder });
  const archive = new ZipArchive();
  archive.append(TEXT, { name: 'd/a.txt', date: new Date(2026, 1, 1) });
  archive.append('b', { name: 'b.txt', date: new Date(2026, 1, 1), store: true });
  const [archived] = await Promise.all([buffer(archive), archive.finalize()]);
  await mkdir(join(folder, 'output', 'd'), { recursive: true });
  await writeFile(join(folder, 'output', 'd', 'a.txt'), TEXT);
  await writeFile(join(folder, 'output', 'large.txt'), LARGE);
  const collected = await buffer(collectFolder(join(folder, 'output'), { limits: OUTPUT_LIMITS }).zip);
  return [await readFile(join(folder, 'stored.zip')), await readFile(join(folder, 'deflated.zip')), archived, collected];
}

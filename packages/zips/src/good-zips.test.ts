import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ZIP_LIMITS } from '@inference/domain';
import { has, testFolder } from '@inference/testing';
import { ZipArchive } from 'archiver';
import { describe, expect, it } from 'vitest';
import { checkZip } from './check-zip.ts';
import { extractZip } from './extract-zip.ts';
import { buildZip, extraField } from './testing/build-zip.ts';

const ONE_MIB = 'zip me '.repeat(150_000);

/** Checks and extracts, and compares what came out with `files`. */
async function expectGood(path: string, files: Record<string, string>): Promise<void> {
  expect(await checkZip(path, ZIP_LIMITS)).toMatchObject({ ok: true });
  const target = `${path}.out`;
  await extractZip(path, target);
  for (const [name, content] of Object.entries(files)) expect(await readFile(join(target, name), 'utf8')).toBe(content);
}

async function inFolder(make: (folder: string) => void | Promise<void>): Promise<{ folder: string; path: string }> {
  const folder = await testFolder();
  await mkdir(join(folder, 'in', 'sub', 'empty'), { recursive: true });
  await writeFile(join(folder, 'in', 'a.txt'), 'alpha');
  await writeFile(join(folder, 'in', 'empty.txt'), '');
  await writeFile(join(folder, 'in', 'sub', 'big.txt'), ONE_MIB);
  await writeFile(join(folder, 'in', 'sub', 'Größe 日本.txt'), 'umlaut');
  await make(folder);
  return { folder, path: join(folder, 'out.zip') };
}

const FILES = { 'a.txt': 'alpha', 'empty.txt': '', 'sub/big.txt': ONE_MIB, 'sub/Größe 日本.txt': 'umlaut' };
const python = (folder: string, script: string) => execFileSync('python3', ['-c', script], { cwd: folder });

const WRITE_ALL = `
import os
for root, dirs, names in os.walk('in'):
    for d in dirs: z.write(os.path.join(root, d), os.path.relpath(os.path.join(root, d), 'in'))
    for n in names: z.write(os.path.join(root, n), os.path.relpath(os.path.join(root, n), 'in'))
z.close()
`;

describe('Zips of other writers are accepted and extracted:', () => {
  it.skipIf(!has('python3')).each(['ZIP_STORED', 'ZIP_DEFLATED'])("Python's zipfile, %s", async (method) => {
    const { path } = await inFolder((folder) => {
      python(folder, `import zipfile\nz = zipfile.ZipFile('out.zip', 'w', zipfile.${method})\nz.comment = b'made by a test'${WRITE_ALL}`);
    });
    await expectGood(path, FILES);
  });

  it.skipIf(!has('python3')).each(['ZIP_STORED', 'ZIP_DEFLATED'])(
    "Python's zipfile to a pipe, with data descriptors, %s",
    async (method) => {
      const { path } = await inFolder((folder) => {
        const script = `import zipfile, sys\nz = zipfile.ZipFile(sys.stdout.buffer, 'w', zipfile.${method})${WRITE_ALL}`;
        execFileSync('sh', ['-c', 'python3 -c "$1" | cat > out.zip', 'sh', script], { cwd: folder });
      });
      expect((await readFile(path)).indexOf('PK\x07\x08', 0, 'latin1')).toBeGreaterThan(0);
      await expectGood(path, FILES);
    },
  );

  it.skipIf(!has('python3')).each(['wb', 'pipe'])("Python's zipfile with 64-bit sizes forced, to %s", async (kind) => {
    const { path } = await inFolder((folder) => {
      const target = kind === 'pipe' ? 'sys.stdout.buffer' : "open('out.zip', 'wb')";
      const script = `import zipfile, sys
z = zipfile.ZipFile(${target}, 'w', zipfile.ZIP_DEFLATED)
with z.open('a.txt', 'w', force_zip64=True) as f: f.write(b'alpha')
z.close()`;
      execFileSync('sh', ['-c', `python3 -c "$1" ${kind === 'pipe' ? '| cat > out.zip' : ''}`, 'sh', script], { cwd: folder });
    });
    await expectGood(path, { 'a.txt': 'alpha' });
  });

  it.skipIf(!has('zip'))('Info-ZIP, a folder with times, owners and UTF-8 names', async () => {
    const { path } = await inFolder((folder) => {
      execFileSync('zip', ['-q', '-r', '../out.zip', '.'], { cwd: join(folder, 'in'), env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
    });
    await expectGood(path, FILES);
  });

  it.skipIf(!has('zip'))('Info-ZIP to a pipe, and from standard input', async () => {
    const { folder, path } = await inFolder((made) => {
      execFileSync('sh', ['-c', 'cd in && zip -q -r - . | cat > ../out.zip'], {
        cwd: made,
        env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      });
      execFileSync('sh', ['-c', 'zip -q - - < in/sub/big.txt | cat > in.zip'], { cwd: made });
      execFileSync('sh', ['-c', 'zip -q -fz stored64.zip in/a.txt && zip -q -0 -r stored.zip in'], {
        cwd: made,
        env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      });
    });
    await expectGood(path, FILES);
    await expectGood(join(folder, 'in.zip'), { '-': ONE_MIB });
    await expectGood(join(folder, 'stored64.zip'), { 'in/a.txt': 'alpha' });
    await expectGood(join(folder, 'stored.zip'), { 'in/a.txt': 'alpha' });
  });

  it.each([{}, { forceZip64: true }, { store: true }])('archiver with %j, from buffers and streams', async (options) => {
    const folder = await testFolder();
    const path = join(folder, 'out.zip');
    const archive = new ZipArchive(options);
    const written = once(archive.pipe(createWriteStream(path)), 'close');
    archive.append('alpha', { name: 'a.txt' });
    archive.append(Readable.from([Buffer.from(ONE_MIB)]), { name: 'sub/big.txt' });
    archive.append('umlaut', { name: 'sub/Größe.txt' });
    archive.append('', { name: 'sub/empty/' });
    await archive.finalize();
    await written;
    await expectGood(path, { 'a.txt': 'alpha', 'sub/big.txt': ONE_MIB, 'sub/Größe.txt': 'umlaut' });
  });

  it.skipIf(!has('jar'))('Java, with deflated folders and data descriptors', async () => {
    const { path } = await inFolder((folder) => {
      execFileSync('jar', ['--create', '--no-manifest', '--file', 'out.zip', '-C', 'in', '.'], {
        cwd: folder,
        env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      });
    });
    await expectGood(path, FILES);
  });

  it('macOS: UTF-8 names without their flag, data descriptors, owners, and a shadow folder', async () => {
    const owners = extraField(0x7875, Buffer.from([1, 4, 245, 1, 0, 0, 4, 20, 0, 0, 0]));
    const common = { madeBy: (3 << 8) | 21, extra: owners };
    const zip = buildZip([
      { ...common, name: 'Größe/', mode: 0o040755 },
      { ...common, name: 'Größe/a.txt', content: 'alpha', method: 8, descriptor: 16 },
      { ...common, name: '__MACOSX/Größe/._a.txt', content: '\0\x05\x16\x07', method: 8, descriptor: 16 },
    ]);
    const path = join(await testFolder(), 'mac.zip');
    await writeFile(path, zip);
    await expectGood(path, { 'Größe/a.txt': 'alpha' });
  });

  it('7-Zip: NTFS times, DOS attributes, UTF-8 flag', async () => {
    const times = extraField(0x000a, Buffer.concat([Buffer.alloc(4), Buffer.from([1, 0, 24, 0]), Buffer.alloc(24, 7)]));
    const common = { madeBy: 63, externalAttributes: 0x20, central: { extra: times } };
    const path = join(await testFolder(), '7z.zip');
    await writeFile(
      path,
      buildZip([
        { ...common, name: 'ü.txt', flags: 0x800, content: 'umlaut' },
        { ...common, name: 'a.txt', content: 'alpha', method: 8 },
      ]),
    );
    await expectGood(path, { 'ü.txt': 'umlaut', 'a.txt': 'alpha' });
  });

  it('DOS: names in code page 437', async () => {
    const path = join(await testFolder(), 'dos.zip');
    await writeFile(
      path,
      buildZip([{ name: Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65]), content: 'umlaut', madeBy: 20, externalAttributes: 0x20 }]),
    );
    await expectGood(path, { Größe: 'umlaut' });
  });
});

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, link, mkdir, open, readdir, readFile, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OUTPUT_LIMITS, type OutputLimits, ZIP_LIMITS } from '@inference/domain';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkZip } from './check-zip.ts';
import { type CollectSummary, collectFolder } from './collect-folder.ts';
import { extractZip } from './extract-zip.ts';
import { OutputRefused } from './output-refused.ts';

type Taken = { readonly summary: CollectSummary; readonly path: string; readonly names: string[] };

/** Collects into a file and lets Python, Info-ZIP and our own check read it: names as Python sees them. */
async function collect(folder: string, limits: Partial<OutputLimits> = {}): Promise<Taken> {
  const path = `${folder}.zip`;
  const { zip, summary } = collectFolder(folder, { limits: { ...OUTPUT_LIMITS, ...limits } });
  await pipeline(zip, createWriteStream(path));
  execFileSync('unzip', ['-tqq', path], { env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
  const script = 'import sys, json, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps(z.namelist()))';
  return { summary: await summary, path, names: JSON.parse(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })) };
}

async function outputFolder(): Promise<string> {
  const folder = join(await testFolder(), 'output');
  await mkdir(folder);
  return folder;
}

const raw = (folder: string, ...bytes: number[]) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)]);

describe.skipIf(!has('python3', 'unzip'))('Collecting an output folder', () => {
  it('zips files and folders recursively, empty folders included, and our own check accepts the zip', async () => {
    const folder = await outputFolder();
    await mkdir(join(folder, 'masks', 'empty'), { recursive: true });
    await writeFile(join(folder, 'result.json'), '{"count": 3}'.repeat(40));
    await writeFile(join(folder, 'masks', 'liver.nii'), Buffer.alloc(3_000_000, 'voxels'));
    await writeFile(join(folder, 'masks', 'nothing.txt'), '');
    const { summary, path, names } = await collect(folder);
    expect(summary).toEqual({ warnings: [], entries: 5, contentBytes: 3_000_480 });
    expect(names.sort()).toEqual(['masks/', 'masks/empty/', 'masks/liver.nii', 'masks/nothing.txt', 'result.json']);
    expect(await checkZip(path, ZIP_LIMITS)).toEqual({ ok: true, entries: 5, contentBytes: 3_000_480 });
    await extractZip(path, `${folder}.out`);
    expect((await readFile(join(`${folder}.out`, 'masks', 'liver.nii'))).equals(Buffer.alloc(3_000_000, 'voxels'))).toBe(true);
  });

  it('stores what is packed already and what is tiny, and deflates the rest', async () => {
    const folder = await outputFolder();
    for (const name of ['a.png', 'b.nii.gz', 'c.NPZ', 'd.txt', 'e.nii']) await writeFile(join(folder, name), 'x'.repeat(5000));
    await writeFile(join(folder, 'tiny.txt'), 'x'.repeat(63));
    await writeFile(join(folder, 'large.png'), Buffer.alloc(200_000));
    await writeFile(join(folder, 'large.nii'), Buffer.alloc(200_000));
    const { path } = await collect(folder);
    const script = 'import sys, zipfile\nprint(*[i.filename for i in zipfile.ZipFile(sys.argv[1]).infolist() if i.compress_type == 0])';
    const stored = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }).trim().split(' ');
    expect(stored.sort()).toEqual(['a.png', 'b.nii.gz', 'c.NPZ', 'large.png', 'tiny.txt']);
  });

  it('gives a zip with the one file no_output_files_found.error for an empty folder', async () => {
    const { summary, names, path } = await collect(await outputFolder());
    expect(names).toEqual(['no_output_files_found.error']);
    expect(summary).toEqual({ warnings: [], entries: 1, contentBytes: expect.any(Number) });
    expect(execFileSync('unzip', ['-p', path], { encoding: 'utf8' })).toBe('The model wrote no files to /output.\n');
  });

  it('keeps folders without any file, and says so in the same way', async () => {
    const folder = await outputFolder();
    await mkdir(join(folder, 'masks'));
    expect((await collect(folder)).names).toEqual(['no_output_files_found.error', 'masks/']);
  });

  it('leaves out links and special files, names them, and never follows one', async () => {
    const folder = await outputFolder();
    await writeFile(`${folder}.secret`, 'secret of the host');
    await mkdir(`${folder}.elsewhere`);
    await writeFile(join(`${folder}.elsewhere`, 'secret.txt'), 'secret of the host');
    await symlink(`${folder}.secret`, join(folder, 'to-file'));
    await symlink(`${folder}.elsewhere`, join(folder, 'to-folder'));
    await symlink('loop', join(folder, 'loop'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    await writeFile(join(folder, 'result.txt'), 'fine');
    const { summary, names, path } = await collect(folder);
    expect(names).toEqual(['result.txt']);
    expect([...summary.warnings].sort()).toEqual([
      '"loop" was left out: it is a symbolic link.',
      '"pipe" was left out: it is no regular file.',
      '"socket" was left out: it is no regular file.',
      '"to-file" was left out: it is a symbolic link.',
      '"to-folder" was left out: it is a symbolic link.',
    ]);
    expect((await readFile(path)).includes('secret')).toBe(false);
  });

  it('keeps both names of a hard-linked file', async () => {
    const folder = await outputFolder();
    await writeFile(join(folder, 'a'), 'same');
    await link(join(folder, 'a'), join(folder, 'b'));
    expect((await collect(folder)).summary).toEqual({ warnings: [], entries: 2, contentBytes: 8 });
  });

  it('keeps odd names with a warning each, written so that they cannot harm whoever unpacks them', async () => {
    const folder = await outputFolder();
    const odd = ['..\\evil.txt', 'line\nbreak', 'scan\u202egpj.exe', 'CON', 'dot.', 'C:drive'];
    for (const name of odd) await writeFile(join(folder, name), name);
    const { summary, names } = await collect(folder);
    expect(names.sort()).toEqual(['..%5Cevil.txt', 'C%3Adrive', 'CON', 'dot.', 'line%0Abreak', 'scan%E2%80%AEgpj.exe']);
    expect(summary.entries).toBe(6);
    expect(summary.warnings).toHaveLength(6);
    for (const warning of summary.warnings) expect(warning).toMatch(/^[\x20-\x7e]{10,300}$/);
  });

  it('keeps names that are not UTF-8 apart, and never lets one replace a real name', async () => {
    const folder = await outputFolder();
    await writeFile(raw(folder, 0x61, 0xff), 'first');
    await writeFile(raw(folder, 0x61, 0xfe), 'second');
    await writeFile(join(folder, 'a%FF'), 'third');
    await mkdir(raw(folder, 0xc3));
    await writeFile(raw(folder, 0xc3, 0x2f, 0xc3, 0xa9, 0x80), 'inside');
    const { summary, names, path } = await collect(folder);
    expect(names.sort()).toEqual(['%C3/', '%C3/é%80', 'a%FE', 'a%FF', 'a%FF~']);
    expect(execFileSync('unzip', ['-p', path, 'a%FF'], { encoding: 'utf8' })).toBe('third');
    expect(summary.warnings).toHaveLength(4);
  });

  it('keeps thousands of names apart that were made to be alike, in no time', async () => {
    const folder = await outputFolder();
    const alike = Array.from({ length: 2 ** 13 }, (_, at) =>
      [...Array(13).keys()].map((bit) => ((at >> bit) & 1 ? '%01' : '\u0001')).join(''),
    );
    await Promise.all(alike.map((name) => writeFile(join(folder, name), '')));
    const { names } = await collect(folder);
    expect(new Set(names).size).toBe(2 ** 13);
    expect(names.map((name) => name.slice(0, 39))).toEqual(alike.map(() => '%01'.repeat(13)));
  });

  it('refuses names that take more memory than all of those of an input may', async () => {
    const folder = await outputFolder();
    const deep = join(folder, ...Array.from({ length: 15 }, () => '\u0001'.repeat(250)));
    await mkdir(deep, { recursive: true });
    await Promise.all(Array.from({ length: 7_000 }, (_, at) => writeFile(join(deep, String(at)), '')));
    await expect(collect(folder)).rejects.toThrow(/names of the output's files .* more than the 67108864 bytes/);
  });

  it('keeps names that differ only in case, with a warning', async () => {
    const folder = await outputFolder();
    for (const name of ['Mask.nii', 'mask.nii']) await writeFile(join(folder, name), name);
    const { summary, names } = await collect(folder);
    expect(names).toEqual(['Mask.nii', 'mask.nii']);
    expect(summary.warnings).toEqual(['"mask.nii" differs from another name only in case or accents.']);
  });

  it('tells at most 100 warnings, and how many more there were', async () => {
    const folder = await outputFolder();
    for (let index = 0; index < 130; index++) await symlink('/etc/passwd', join(folder, `link-${index}`));
    const { summary } = await collect(folder);
    expect(summary.warnings).toHaveLength(101);
    expect(summary.warnings.at(-1)).toBe('and 30 more');
  });

  it('keeps a deep tree, and refuses one that is too deep for the system to open', async () => {
    const folder = await outputFolder();
    await mkdir(join(folder, ...Array(60).fill('d')), { recursive: true });
    await writeFile(join(folder, ...Array(60).fill('d'), 'bottom.txt'), 'deep');
    const { names, summary } = await collect(folder);
    expect(names.at(-1)).toBe(`${'d/'.repeat(60)}bottom.txt`);
    expect(summary.warnings).toHaveLength(1);
    const script = `import os, sys\nos.chdir(sys.argv[1])\nfor i in range(30):\n  os.mkdir('n' * 200)\n  os.chdir('n' * 200)`;
    execFileSync('python3', ['-c', script, folder]);
    // Node cannot remove what is that deep either.
    onTestFinished(() => void execFileSync('rm', ['-rf', folder]));
    await expect(collect(folder)).rejects.toThrow(/lies too deep/);
  });

  it('writes times that the format can hold, whatever the model set', async () => {
    const folder = await outputFolder();
    for (const [name, year] of Object.entries({ early: 1960, late: 2150, now: 2026 })) {
      await writeFile(join(folder, name), name);
      await utimes(join(folder, name), new Date(Date.UTC(year, 5, 7, 8, 9, 10)), new Date(Date.UTC(year, 5, 7, 8, 9, 10)));
    }
    const { path } = await collect(folder);
    const script = 'import sys, zipfile\nprint(*[i.date_time for i in zipfile.ZipFile(sys.argv[1]).infolist()])';
    const times = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }).trim();
    expect(times).toBe('(1980, 1, 1, 0, 0, 0) (2107, 6, 7, 8, 9, 10) (2026, 6, 7, 8, 9, 10)');
  });

  it('refuses more content than is allowed before a byte is sent, a sparse file included', async () => {
    const folder = await outputFolder();
    await writeFile(join(folder, 'a'), '');
    await truncate(join(folder, 'a'), 2 ** 42);
    const { zip, summary } = collectFolder(folder, { limits: OUTPUT_LIMITS });
    await expect(once(zip, 'data')).rejects.toThrow(OutputRefused);
    await expect(summary).rejects.toThrow(/larger than the 42949672960 bytes that are allowed/);
  });

  it('refuses more entries than are allowed, links and folders counted', async () => {
    const folder = await outputFolder();
    for (let index = 0; index < 6; index++) await symlink('x', join(folder, `${index}`));
    for (let index = 0; index < 5; index++) await mkdir(join(folder, `f${index}`));
    await expect(collect(folder, { entriesMax: 10 })).rejects.toThrow(/more than the 10 files and folders/);
    expect((await collect(folder, { entriesMax: 11 })).summary.entries).toBe(6);
  });

  it.each(['file', 'folder'])('refuses an unreadable %s, naming it, when it does not run as root', async (kind) => {
    const folder = await outputFolder();
    const locked = join(folder, 'locked');
    await (kind === 'file' ? writeFile(locked, 'x') : mkdir(locked));
    await chmod(locked, 0);
    const script = `import { collectFolder } from ${JSON.stringify(join(import.meta.dirname, 'collect-folder.ts'))};
      const { zip, summary } = collectFolder(process.argv[1], { limits: { contentBytesMax: 1e9, entriesMax: 100 } });
      zip.on('error', () => {}).resume();
      const error = await summary.catch((caught) => caught);
      console.log(error.name, error.message);`;
    const program = [process.execPath, '--input-type=module', '-e', script, folder];
    const [command = '', ...args] =
      process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program] : program;
    const said = execFileSync(command, args, { encoding: 'utf8' }).trim();
    expect(said).toBe(
      'OutputRefused "locked" cannot be read: the model must leave its output readable.'.replace(
        'locked"',
        kind === 'file' ? 'locked"' : 'locked/"',
      ),
    );
  });

  it('passes on a folder that does not exist as a fault, not as the doing of the model', async () => {
    const { zip, summary } = collectFolder('/nowhere/output', { limits: OUTPUT_LIMITS });
    zip.on('error', () => {}).resume();
    await expect(summary).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a file that is swapped for a link after it was listed', async () => {
    const folder = await outputFolder();
    // The large file holds the stream back, so that the other one is opened only once it has been read.
    await writeFile(join(folder, 'a.bin'), Buffer.alloc(4_000_000, 1));
    await writeFile(join(folder, 'b.bin'), Buffer.alloc(4_000_000, 2));
    const { zip, summary } = collectFolder(folder, { limits: OUTPUT_LIMITS });
    zip.on('error', () => {});
    await once(zip, 'readable');
    execFileSync('ln', ['-sf', '/etc/passwd', join(folder, 'b.bin')]);
    zip.resume();
    await expect(summary).rejects.toThrow('"b.bin" changed while the output was collected.');
  });

  it('never reads more of a file than was listed, nor pads one that shrank', async () => {
    const folder = await outputFolder();
    await writeFile(join(folder, 'a.png'), Buffer.alloc(4_000_000, 1));
    await writeFile(join(folder, 'grown.png'), Buffer.alloc(200_000, 2));
    await writeFile(join(folder, 'shrunk.png'), Buffer.alloc(200_000, 3));
    const { zip, summary } = collectFolder(folder, { limits: OUTPUT_LIMITS });
    await once(zip, 'readable');
    await writeFile(join(folder, 'grown.png'), Buffer.alloc(9_000_000, 2));
    await truncate(join(folder, 'shrunk.png'), 1000);
    await pipeline(zip, createWriteStream(`${folder}.zip`));
    expect(await summary).toMatchObject({ contentBytes: 4_000_000 + 200_000 + 1000 });
    expect(await checkZip(`${folder}.zip`, ZIP_LIMITS)).toMatchObject({ ok: true });
  });

  it('stops and closes its files when the zip is destroyed, and settles the summary', async () => {
    const folder = await outputFolder();
    await writeFile(join(folder, 'stored.png'), Buffer.alloc(20_000_000, 1));
    await writeFile(join(folder, 'deflated.txt'), Buffer.alloc(20_000_000, 1));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (const readBytes of [0, 1, 20_000_000]) {
      const { zip, summary } = collectFolder(folder, { limits: OUTPUT_LIMITS });
      let seen = 0;
      if (readBytes > 0) {
        for await (const piece of zip) {
          seen += piece.length;
          if (seen >= readBytes) break;
        }
      }
      zip.destroy();
      await expect(summary).rejects.toThrow(/abandoned|aborted/);
    }
    await until('the files to be closed', async () => (await openFiles()) <= before);
  });

  it('holds little in memory while a slow reader takes a large output', async () => {
    const folder = await outputFolder();
    const file = await open(join(folder, 'large.png'), 'w');
    await file.truncate(300_000_000);
    await file.close();
    const { zip } = collectFolder(folder, { limits: OUTPUT_LIMITS });
    await once(zip, 'readable');
    expect(zip.readableLength).toBeLessThan(1_000_000);
    let bytes = 0;
    let peak = 0;
    const before = process.memoryUsage().rss;
    for await (const piece of zip) {
      bytes += piece.length;
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    expect(bytes).toBeGreaterThan(300_000_000);
    expect(peak).toBeLessThan(150_000_000);
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { extractZip } from './extract-zip.ts';
import { type BuiltEntry, buildZip } from './testing/build-zip.ts';

const LARGE = Buffer.alloc(3_000_000, 'large content, ');

async function zipOf(entries: BuiltEntry[]): Promise<{ folder: string; path: string; target: string }> {
  const folder = await testFolder();
  const path = join(folder, 'in.zip');
  await writeFile(path, buildZip(entries));
  return { folder, path, target: join(folder, 'target') };
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

describe('Extracting a zip', () => {
  it('writes every file and folder, small and large, stored and deflated', async () => {
    const { path, target } = await zipOf([
      { name: 'a.txt', content: 'alpha' },
      { name: 'deep/er/b.txt', content: 'beta', method: 8 },
      { name: 'deep/large.bin', content: LARGE },
      { name: 'deep/packed.bin', content: LARGE, method: 8 },
      { name: 'empty/' },
      { name: 'nothing.txt' },
    ]);
    expect(await extractZip(path, target)).toEqual({ entries: 6, contentBytes: 9 + 2 * LARGE.length });
    expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('alpha');
    expect(await readFile(join(target, 'deep/er/b.txt'), 'utf8')).toBe('beta');
    expect((await readFile(join(target, 'deep/large.bin'))).equals(LARGE)).toBe(true);
    expect((await readFile(join(target, 'deep/packed.bin'))).equals(LARGE)).toBe(true);
    expect(await readdir(join(target, 'empty'))).toEqual([]);
    expect((await stat(join(target, 'nothing.txt'))).size).toBe(0);
  });

  it('keeps many small files apart though their bytes pass through one buffer', async () => {
    const names = Array.from({ length: 3000 }, (_, index) => `slices/${index % 7}/${index}.dcm`);
    const { path, target } = await zipOf(names.map((name) => ({ name, content: `${name}\n`.repeat(60) })));
    await extractZip(path, target);
    for (const name of names) expect(await readFile(join(target, name), 'utf8')).toBe(`${name}\n`.repeat(60));
  });

  it('gives files mode 0644 and folders 0755, whatever the zip and the umask say, and times of now', async () => {
    const entries = [
      { name: 'run.sh', content: '#!', mode: 0o100777, time: 0x21_0000 },
      { name: 'closed/', mode: 0o040000 },
      { name: 'closed/a', content: LARGE, mode: 0o100000 },
    ];
    const { path, target } = await zipOf(entries);
    const before = process.umask(0o077);
    try {
      await extractZip(path, target);
    } finally {
      process.umask(before);
    }
    expect(await modeOf(join(target, 'run.sh'))).toBe(0o644);
    expect(await modeOf(join(target, 'closed'))).toBe(0o755);
    expect(await modeOf(join(target, 'closed/a'))).toBe(0o644);
    expect(Date.now() - (await stat(join(target, 'run.sh'))).mtimeMs).toBeLessThan(60_000);
  });

  it('refuses to write over a file that is there, or through a link that is there', async () => {
    const { folder, path, target } = await zipOf([{ name: 'a.txt', content: 'alpha' }]);
    await mkdir(target);
    await writeFile(join(target, 'a.txt'), 'mine');
    await expect(extractZip(path, target)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('mine');
    const linked = join(folder, 'linked');
    await mkdir(linked);
    await symlink(join(folder, 'outside.txt'), join(linked, 'a.txt'));
    await expect(extractZip(path, linked)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(existsSync(join(folder, 'outside.txt'))).toBe(false);
  });

  it('refuses to go through a folder that it did not make, so that a planted link leads nowhere', async () => {
    const { folder, path, target } = await zipOf([{ name: 'sub/a.txt', content: 'alpha' }]);
    await mkdir(target);
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(target, 'sub'));
    await expect(extractZip(path, target)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  it('refuses a target that is a link', async () => {
    const { folder, path, target } = await zipOf([{ name: 'a.txt', content: 'alpha' }]);
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), target);
    await expect(extractZip(path, target)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  it('refuses a zip that changed after its check', async () => {
    const { path, target } = await zipOf([{ name: 'a.txt', content: LARGE }]);
    const bytes = await readFile(path);
    bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(extractZip(path, target)).rejects.toMatchObject({ code: 'zip_crc_mismatch' });
    await truncate(path, 1_000_000);
    await expect(extractZip(path, `${target}2`)).rejects.toMatchObject({ code: 'zip_truncated' });
  });

  it('stops when it is aborted, before and during the work', async () => {
    const { path, target } = await zipOf(Array.from({ length: 2000 }, (_, index) => ({ name: `${index}`, content: 'x'.repeat(2000) })));
    await expect(extractZip(path, target, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    expect(existsSync(target)).toBe(false);
    const controller = new AbortController();
    const extraction = extractZip(path, target, { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('stop')));
    await expect(extraction).rejects.toThrow('stop');
    const written = existsSync(target) ? await readdir(target) : [];
    expect(written.length).toBeLessThan(2000);
  });

  it('leaves no file descriptor open, whether it succeeds or fails', async () => {
    const good = await zipOf([
      { name: 'a', content: LARGE, method: 8 },
      { name: 'b', content: 'b' },
    ]);
    const bad = await zipOf([
      { name: 'b', content: 'b' },
      { name: 'a', content: LARGE, method: 8, central: { crc32: 1 }, local: { crc32: 1 } },
    ]);
    const before = (await readdir('/proc/self/fd')).length;
    await extractZip(good.path, good.target);
    await expect(extractZip(bad.path, bad.target)).rejects.toMatchObject({ code: 'zip_crc_mismatch' });
    expect((await readdir('/proc/self/fd')).length).toBe(before);
  });

  it('passes on what the system refuses, here a file above the size limit', async () => {
    const { path, target } = await zipOf([{ name: 'a', content: LARGE }]);
    const limited = `import { extractZip } from ${JSON.stringify(join(import.meta.dirname, 'extract-zip.ts'))};
      process.on('SIGXFSZ', () => {});
      const error = await extractZip(process.argv[1], process.argv[2]).catch((caught) => caught);
      console.log(error.code);`;
    const run = ['-c', 'ulimit -f 500; exec "$0" --input-type=module -e "$1" "$2" "$3"', process.execPath, limited, path, target];
    expect(execFileSync('bash', run, { encoding: 'utf8' }).trim()).toBe('EFBIG');
    expect((await lstat(target)).isDirectory()).toBe(true);
  });
});

import { execFile } from 'node:child_process';
import { chmod, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asOrdinaryUser, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { isOverLimits } from './is-over-limits.ts';

const run = promisify(execFile);
const KIB = 1024;
const LIMITS = { contentBytesMax: 64 * KIB, entriesMax: 10 };

describe('what a model that runs may write', () => {
  it('is within its limits with as much as is allowed', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await writeFile(join(folder, 'a', 'b', 'file'), Buffer.alloc(60 * KIB));
    for (let at = 0; at < 7; at++) await symlink('/etc', join(folder, `link ${at}`));
    expect(await isOverLimits(folder, LIMITS)).toBe(false);
    expect(await isOverLimits(folder, { ...LIMITS, entriesMax: 9 })).toBe(true);
  });

  it.each([
    ['one large file', (folder: string) => writeFile(join(folder, 'file'), Buffer.alloc(65 * KIB))],
    ['a hole', (folder: string) => hole(join(folder, 'file'))],
    ['room that is taken and not written', (folder: string) => roomOnly(join(folder, 'file'))],
    ['one file under many names', (folder: string) => manyNames(folder)],
    ['many small files, deep down', (folder: string) => manyFiles(join(folder, ...'abcd'))],
  ])('is over them with %s', async (_what, write) => {
    const folder = await testFolder();
    await write(folder);
    expect(await isOverLimits(folder, LIMITS)).toBe(true);
  });

  it.each([0o300, 0o600, 0o000])(
    'is over them with what is in a folder of mode %o, where the model is no other user than we',
    async (mode) => {
      const folder = await testFolder();
      const closed = join(folder, 'closed');
      await mkdir(closed);
      const isOver = await asOrdinaryUser([folder, closed], async () => {
        await writeFile(join(closed, 'file'), Buffer.alloc(65 * KIB));
        await chmod(closed, mode);
        return await isOverLimits(folder, LIMITS);
      });
      expect(isOver).toBe(true);
    },
  );

  it('is over them with folders that are too deep to be looked at', async () => {
    const folder = await testFolder();
    const script = `import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(20): os.mkdir('x' * 250); os.chdir('x' * 250)`;
    await run('python3', ['-c', script, folder]);
    const isOver = await isOverLimits(folder, { ...LIMITS, entriesMax: 100 });
    await run('rm', ['-r', join(folder, 'x'.repeat(250))]);
    expect(isOver).toBe(true);
  });

  it('is looked at without following a link, and without the parts that cannot be read or are gone', async () => {
    const folder = await testFolder();
    await symlink('/', join(folder, 'root'));
    await symlink('nowhere', join(folder, 'broken'));
    await mkdir(join(folder, 'closed'));
    await chmod(join(folder, 'closed'), 0);
    expect(await isOverLimits(folder, LIMITS)).toBe(false);
    expect(await isOverLimits(join(folder, 'gone'), LIMITS)).toBe(false);
  });
});

async function hole(path: string): Promise<void> {
  await writeFile(path, '');
  await truncate(path, 2 ** 40);
}

async function roomOnly(path: string): Promise<void> {
  await writeFile(path, '');
  await run('fallocate', ['-n', '-l', '128K', path]);
}

async function manyNames(folder: string): Promise<void> {
  await writeFile(join(folder, '0'), Buffer.alloc(10 * KIB));
  for (let at = 1; at < 8; at++) await link(join(folder, '0'), join(folder, String(at)));
}

async function manyFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < 8; at++) await writeFile(join(folder, String(at)), '');
}

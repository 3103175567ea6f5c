import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asOrdinaryUser, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { isOverLimits } from './is-over-limits.ts';

const run = promisify(execFile);
const KIB = 1024;
/** How often what hangs on chance is tried. */
const LOOKS = 30;
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
    ['a large file whose name is not UTF-8', (folder: string) => writeFile(notUtf8(folder), Buffer.alloc(65 * KIB))],
    ['what is in a folder whose name is not UTF-8', (folder: string) => manyFiles(notUtf8(folder))],
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

  it.each([
    ['closes the folder that they lie in', 'a/b', 0o000],
    ['closes the folder above the one they lie in', 'a', 0o000],
    ['closes and opens the folder above the one they lie in', 'a', 0o700],
  ])('is over them with files where it %s all the time', async (_what, path, mode) => {
    const folder = await testFolder();
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await writeFile(join(folder, 'a', 'b', 'file'), Buffer.alloc(65 * KIB));
    const script = `import os, sys\nprint('begun', flush=True)\nwhile True:\n  for mode in 0, ${mode}: os.chmod(sys.argv[1], mode)`;
    const model = spawn('python3', ['-c', script, join(folder, path)]);
    const ended = once(model, 'exit');
    try {
      await once(model.stdout, 'data');
      const paths = ['', 'a', 'a/b'].map((part) => join(folder, part));
      const looks = await asOrdinaryUser(paths, async () => {
        const found: boolean[] = [];
        for (let at = 0; at < LOOKS; at++) found.push(await isOverLimits(folder, LIMITS));
        return found;
      });
      expect(looks).toEqual(Array(LOOKS).fill(true));
    } finally {
      model.kill('SIGKILL');
      await ended;
      await chmod(join(folder, path), 0o700);
    }
  });

  it('is within them with any number of folders that it closed, where the model is no other user than we', async () => {
    const folder = await testFolder();
    const isOver = await asOrdinaryUser([folder], async () => {
      for (let at = 0; at < 40; at++) {
        await mkdir(join(folder, String(at), 'below'), { recursive: true });
        await chmod(join(folder, String(at), 'below'), 0o000);
        await chmod(join(folder, String(at)), 0o000);
      }
      await chmod(folder, 0o000);
      return await isOverLimits(folder, { ...LIMITS, entriesMax: 80 });
    });
    expect(isOver).toBe(false);
  });

  it.skipIf(process.geteuid?.() !== 0)('is looked at without a folder of somebody else that is closed to us', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'closed', 'below'), { recursive: true, mode: 0o700 });
    await mkdir(join(folder, 'listed', 'below'), { recursive: true });
    await chmod(join(folder, 'listed'), 0o704);
    expect(await asOrdinaryUser([folder], () => isOverLimits(folder, LIMITS))).toBe(false);
  });

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

async function manyFiles(folder: string | Buffer): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < 10; at++) await writeFile(Buffer.concat([Buffer.from(folder), Buffer.from(`/${at}`)]), '');
}

/** A path in a folder. */
function notUtf8(folder: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
}

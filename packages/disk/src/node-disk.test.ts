import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asOrdinaryUser, testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { nodeDisk } from './node-disk.ts';

const DEEP = `import os, sys
os.chdir(sys.argv[1])
for _ in range(40): os.mkdir('x' * 250); os.chdir('x' * 250)
open('file', 'w')`;

it('removes a folder of ours in which others are closed, also to us, and leaves alone what links lead to', async () => {
  const [folder, outside] = [await testFolder(), await testFolder()];
  await chmod(outside, 0o500);
  await asOrdinaryUser([folder], async () => {
    await mkdir(join(folder, 'a', 'b', 'c'), { recursive: true });
    await writeFile(join(folder, 'a', 'b', 'c', 'file'), '');
    await symlink(outside, join(folder, 'a', 'link'));
    for (const path of ['a/b/c', 'a/b', 'a']) await chmod(join(folder, path), path === 'a' ? 0o555 : 0o000);
    await nodeDisk.remove(join(folder, 'a'));
  });
  expect(await nodeDisk.list(folder)).toEqual([]);
  expect((await lstat(outside)).mode & 0o777).toBe(0o500);
});

it('removes closed folders whose names are not UTF-8, at any depth', async () => {
  const folder = await testFolder();
  await asOrdinaryUser([folder], async () => {
    const odd = Buffer.concat([Buffer.from(join(folder, 'a/')), Buffer.from([0xff])]);
    const below = Buffer.concat([odd, Buffer.from('/'), Buffer.from([0xfe])]);
    await mkdir(below, { recursive: true });
    await writeFile(Buffer.concat([below, Buffer.from('/file')]), '');
    for (const path of [below, odd]) await chmod(path, 0o000);
    await nodeDisk.remove(join(folder, 'a'));
  });
  expect(await nodeDisk.list(folder)).toEqual([]);
});

it('removes folders that are too deep for a path', async () => {
  const folder = await testFolder();
  await mkdir(join(folder, 'a'));
  await promisify(execFile)('python3', ['-c', DEEP, join(folder, 'a')]);
  await nodeDisk.remove(join(folder, 'a'));
  expect(await nodeDisk.list(folder)).toEqual([]);
});

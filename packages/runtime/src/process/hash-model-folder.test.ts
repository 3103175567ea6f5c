import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { HASHED_FILES_MAX, hashModelFolder } from './hash-model-folder.ts';

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await testFolder();
  await mkdir(join(folder, 'sub'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

it('gives the same files the same hash, whatever order they were written in', async () => {
  const one = await hashModelFolder(await folderOf({ a: '1', 'sub/b': '2' }));
  expect(await hashModelFolder(await folderOf({ 'sub/b': '2', a: '1' }))).toBe(one);
  expect(one).toMatch(/^[0-9a-f]{64}$/);
});

it('changes with a name, a content, or content moved from one file to another', async () => {
  const folder = await folderOf({ a: '1', 'sub/b': '2' });
  const hashes = [await hashModelFolder(folder)];
  await rename(join(folder, 'a'), join(folder, 'c'));
  hashes.push(await hashModelFolder(folder));
  hashes.push(await hashModelFolder(await folderOf({ a: '12', 'sub/b': '' })));
  hashes.push(await hashModelFolder(await folderOf({ a: '', 'sub/b': '12' })));
  expect(new Set(hashes).size).toBe(4);
});

it('leaves out what was installed, and trusts no folder with too many files', async () => {
  const folder = await folderOf({ a: '1' });
  const before = await hashModelFolder(folder);
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'node_modules', 'x'), 'x');
  expect(await hashModelFolder(folder)).toBe(before);
  for (let at = 0; at < HASHED_FILES_MAX; at += 1) await writeFile(join(folder, 'sub', String(at)), '');
  expect(await hashModelFolder(folder)).toBeNull();
});

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

it('makes a folder and those above it, once, however many want it', async () => {
  const folder = join(await testFolder(), 'one', 'two');
  const made = await Promise.all([1, 2, 3].map(() => makeFolder(folder, 0o700)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await makeFolder(folder)).toBe(false);
});

it.each(['/proc/x', '/proc/x/y', '/dev/null/x', '/dev/null'])('rejects for %s, in which nothing can be made', async (path) => {
  await expect(makeFolder(path)).rejects.toThrow(/^ENOENT|^ENOTDIR|^EEXIST/);
});

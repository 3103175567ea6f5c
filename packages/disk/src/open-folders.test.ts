import { chmod, lstat, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { openFolders } from './open-folders.ts';

it('opens closed folders to their owner, at any depth, and leaves what links lead to alone', async () => {
  const [folder, outside] = [await testFolder(), await testFolder()];
  await mkdir(join(folder, 'a', 'b', 'c'), { recursive: true });
  await symlink(outside, join(folder, 'a', 'link'));
  await chmod(outside, 0o500);
  await chmod(join(folder, 'a', 'b', 'c'), 0o555);
  await chmod(join(folder, 'a', 'b'), 0o300);
  await chmod(join(folder, 'a'), 0o000);
  await openFolders(folder);
  const mode = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8);
  expect(await Promise.all(['a', 'a/b', 'a/b/c'].map((name) => mode(join(folder, name))))).toEqual(['700', '700', '700']);
  expect(await mode(outside)).toBe('500');
});

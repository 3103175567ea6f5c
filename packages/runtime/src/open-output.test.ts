import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { openOutput } from './open-output.ts';

it('opens closed folders and files to their owner, at any depth, and leaves links and open ones alone', async () => {
  const folder = await testFolder();
  const outside = join(await testFolder(), 'outside');
  await writeFile(outside, '', { mode: 0o000 });
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, 'a', 'b', 'closed'), '', { mode: 0o000 });
  await writeFile(join(folder, 'a', 'open'), '', { mode: 0o644 });
  await symlink(outside, join(folder, 'link'));
  await chmod(join(folder, 'a', 'b'), 0o000);
  await chmod(join(folder, 'a'), 0o500);
  await openOutput(folder);
  const mode = async (path: string) => ((await lstat(path)).mode & 0o7777).toString(8);
  expect(await Promise.all(['a', 'a/b', 'a/b/closed', 'a/open'].map((name) => mode(join(folder, name))))).toEqual([
    '700',
    '700',
    '400',
    '644',
  ]);
  expect(await mode(outside)).toBe('0');
});

it('opens folders and files whose names are not UTF-8', async () => {
  const folder = await testFolder();
  const closed = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]);
  const file = Buffer.concat([closed, Buffer.from('/'), Buffer.from([0xfe])]);
  await mkdir(closed);
  await writeFile(file, '', { mode: 0o000 });
  await chmod(closed, 0o000);
  await openOutput(folder);
  const modes = await Promise.all([closed, file].map(async (path) => (await lstat(path)).mode & 0o777));
  expect(modes).toEqual([0o700, 0o400]);
});

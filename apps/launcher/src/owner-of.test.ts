import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { ownerOf } from './owner-of.ts';

it('tells whose a folder is, and follows no link: that would be a user of the choice of whoever made it', async () => {
  const folder = await testFolder();
  await mkdir(join(folder, 'consumer-1'));
  await symlink(join(folder, 'consumer-1'), join(folder, 'consumer-2'));
  await writeFile(join(folder, 'consumer-3'), '');
  expect(await ownerOf(join(folder, 'consumer-1'))).toEqual({ uid: process.getuid?.(), gid: process.getgid?.() });
  for (const name of ['consumer-2', 'consumer-3', 'consumer-4']) expect(await ownerOf(join(folder, name)), name).toBeNull();
});

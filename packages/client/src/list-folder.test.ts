import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { listFolder } from './list-folder.ts';

describe('the files of a folder', () => {
  it('are listed in order, without junk; links count only where they lead to a file inside', async () => {
    const folder = await testFolder();
    const root = join(folder, 'in');
    await mkdir(join(root, 'b', '__MACOSX'), { recursive: true });
    await writeFile(join(folder, 'outside'), 'secret');
    await mkdir(join(folder, 'in-front'));
    await writeFile(join(folder, 'in-front', 'outside'), 'secret');
    for (const name of ['z', 'a', 'b/c', 'b/.DS_Store', 'b/__MACOSX/x']) await writeFile(join(root, name), name);
    await symlink('../a', join(root, 'b', 'to-a'));
    await symlink('../outside', join(root, 'out'));
    await symlink('../in-front/outside', join(root, 'out-beside'));
    await symlink('.', join(root, 'round'));
    await symlink('nowhere', join(root, 'broken'));
    const { files, links, special } = await listFolder(root);
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['a', 1],
      ['b/c', 3],
      ['b/to-a', 1],
      ['z', 1],
    ]);
    expect({ links, special }).toEqual({ links: 4, special: 0 });
  });
});

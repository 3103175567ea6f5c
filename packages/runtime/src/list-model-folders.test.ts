import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { listModelFolders } from './list-model-folders.ts';

async function write(root: string, folder: string, model: object): Promise<void> {
  await mkdir(join(root, folder));
  await writeFile(join(root, folder, 'model.json'), JSON.stringify(model));
}

it('lists the models that can run in a sandbox, and says why others cannot be used', async () => {
  const root = await testFolder();
  const process = { command: ['true'] };
  await write(root, 'one', { humanReadableId: 'first', description: 'Counts.', process });
  await write(root, 'two', { humanReadableId: 'first', process });
  await write(root, 'container', { humanReadableId: 'container' });
  await write(root, 'with space', { humanReadableId: 'space', process });
  await mkdir(join(root, 'empty'));
  await writeFile(join(root, 'file'), '');
  const { models, problems } = await listModelFolders(root);
  expect(models).toEqual([{ folder: 'one', model: expect.objectContaining({ humanReadableId: 'first', description: 'Counts.' }) }]);
  expect(problems).toEqual([
    'empty: The folder has no file model.json.',
    'two: another folder has the id first already',
    expect.stringContaining('with space: the name of a folder must be'),
  ]);
});

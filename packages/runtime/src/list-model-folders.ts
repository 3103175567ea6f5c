import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_ID_PATTERN } from '@inference/domain';
import { type ModelFolder, readModelFolder } from './model-folder.ts';

/** So many models one folder may hold. */
export const FOLDER_MODELS_MAX = 200;

/** A model that the process runtime can run: the name of its folder, and what its `model.json` says. */
export type ListedModel = { readonly folder: string; readonly model: ModelFolder };

/** The models directly below `modelsFolder` that the process runtime can run, and a sentence for each folder that cannot be used. */
export async function listModelFolders(modelsFolder: string): Promise<{ models: ListedModel[]; problems: string[] }> {
  const models: ListedModel[] = [];
  const problems: string[] = [];
  const entries = await readdir(modelsFolder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const folder of folders.sort()) {
    const found = await readOne(modelsFolder, folder);
    if (typeof found === 'string') problems.push(`${folder}: ${found}`);
    else if (found.process === null) continue;
    else if (models.some(({ model }) => model.humanReadableId === found.humanReadableId))
      problems.push(`${folder}: another folder has the id ${found.humanReadableId} already`);
    else if (models.length === FOLDER_MODELS_MAX)
      problems.push(`${folder}: there are ${FOLDER_MODELS_MAX} models already, and no more can be served`);
    else models.push({ folder, model: found });
  }
  return { models, problems };
}

async function readOne(modelsFolder: string, folder: string): Promise<ModelFolder | string> {
  if (!MODEL_ID_PATTERN.test(folder))
    return 'the name of a folder must be 1 to 128 letters, digits, ".", "_" or "-", and begin with a letter or digit';
  const read = await readModelFolder(join(modelsFolder, folder));
  return read.ok ? read.model : read.reason;
}

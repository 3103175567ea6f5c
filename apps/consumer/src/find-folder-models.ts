import { readdir } from 'node:fs/promises';
import type { FolderModel } from '@inference/contracts';
import { listModelFolders } from '@inference/runtime';
import { type Log, withSetting } from '@inference/service';

/**
 * The models of MODELS_DIR, as the private API hears of them. What cannot be used is logged, and left out.
 *
 * @throws StartRefused when the folder cannot be read
 */
export async function findFolderModels(modelsFolder: string, log: Log): Promise<FolderModel[]> {
  await withSetting('MODELS_DIR', () => readdir(modelsFolder));
  const { models, problems } = await listModelFolders(modelsFolder);
  for (const problem of problems) log.warn(`a folder of MODELS_DIR is not served: ${problem}`);
  return models.map(({ folder, model: { humanReadableId, description, image } }) => {
    return { humanReadableId, description, image: image ?? humanReadableId, folder };
  });
}

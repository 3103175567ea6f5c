import { MODEL_LIMITS } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findModel, insertModel, type ModelRow, updateFolderModel } from '../store/model-store.ts';

/** A model that lies in a folder on the consumer's own disk. */
export type FolderModel = {
  readonly humanReadableId: string;
  readonly description: string;
  readonly image: string;
  readonly folder: string;
};

/**
 * Registers such a model, or brings its row up to date. Called by the consumer's own process only, never over HTTP.
 * A container model that a user registered under the same id stays what it is: null.
 */
export async function registerFolderModel(deps: Deps, model: FolderModel): Promise<ModelRow | null> {
  const { humanReadableId, description, image, folder } = model;
  const existing = await findModel(deps.db, humanReadableId);
  if (existing === null)
    return insertModel(deps.db, { uid: deps.newId(), humanReadableId, description, image, folder, useGpu: false, ...MODEL_LIMITS });
  if (existing.folder === null) return null;
  return updateFolderModel(deps.db, existing.id, { description, image, folder });
}

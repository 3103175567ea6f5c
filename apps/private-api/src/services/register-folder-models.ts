import type { FolderModel } from '@inference/contracts';
import { MODEL_LIMITS } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findTakenIds, upsertFolderModels } from '../store/model-store.ts';

/**
 * Registers the models that lie in folders on a consumer's own disk, or brings their rows up to date. Consumers that have the same model
 * share its row. Answers the ids that belong to container models already, which stay what they are.
 */
export async function registerFolderModels(deps: Deps, models: readonly FolderModel[]): Promise<string[]> {
  if (models.length === 0) return [];
  await upsertFolderModels(
    deps.db,
    models.map((model) => ({ ...model, uid: deps.newId() })),
    MODEL_LIMITS,
  );
  return await findTakenIds(
    deps.db,
    models.map((model) => model.humanReadableId),
  );
}

import type { FolderModel } from '@inference/contracts';
import { MODEL_LIMITS } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';

/**
 * Registers the models that lie in folders on a consumer's own disk, or brings their rows up to date. Consumers that have the same model
 * share its row. Answers the ids that belong to container models already, which stay what they are.
 *
 * @param isStart whether who has the folders has just looked at them. Two consumers whose folders disagree change a row again and again:
 *   of what was known at the start of either, the audit tells once
 */
export async function registerFolderModels(
  deps: Deps,
  models: readonly FolderModel[],
  { by, isStart }: { by: Actor; isStart: boolean },
): Promise<string[]> {
  if (models.length === 0) return [];
  await deps.store.transaction(async (tx) => {
    const given = models.map((model) => ({ ...model, uid: deps.newId() }));
    for (const { humanReadableId, isNew, ...detail } of await tx.upsertFolderModels(given, MODEL_LIMITS)) {
      const action = isNew ? 'model.registered' : 'model.changed';
      if (isNew || isStart) await tx.insertAudit(by, { action, subject: humanReadableId, detail });
    }
  });
  return await deps.store.findTakenIds(models.map((model) => model.humanReadableId));
}

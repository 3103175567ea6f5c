import type { ModelChange } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { type Actor, type AuditAction, insertAudit } from '../store/audit-store.ts';
import { findModel, type ModelRow, type ModelUpdate, updateModel } from '../store/model-store.ts';

/** Changes a model for an admin. Attempts that run keep what they began with; those to come take what is then there. */
export async function changeModel(deps: Deps, id: string, change: ModelChange, by: Actor): Promise<ModelRow> {
  const isChanged = await deps.db.$transaction(async (tx) => {
    const isThere = await updateModel(tx, id, updateOf(change));
    if (isThere) await insertAudit(tx, by, { action: actionOf(change), subject: id, detail: change });
    return isThere;
  });
  const model = isChanged ? await findModel(deps.db, id) : null;
  if (model === null) throw new AppError('model_not_found');
  return model;
}

function actionOf({ disabled }: ModelChange): AuditAction {
  if (disabled === undefined) return 'model.changed';
  return disabled ? 'model.disabled' : 'model.enabled';
}

function updateOf({ description, limits = {}, disabled }: ModelChange): ModelUpdate {
  return {
    description: description ?? null,
    memoryBytes: limits.memory_bytes ?? null,
    shmBytes: limits.shm_bytes ?? null,
    pidsMax: limits.pids_max ?? null,
    timeMs: limits.time_limit_seconds === undefined ? null : limits.time_limit_seconds * 1000,
    disabled: disabled ?? null,
  };
}

import type { ModelChange } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findModel, type ModelRow, updateModel } from '../store/model-store.ts';

/** Changes a model for an admin. Attempts that run keep what they began with; those to come take what is then there. */
export async function changeModel(deps: Deps, id: string, { description, limits = {}, disabled }: ModelChange): Promise<ModelRow> {
  const isChanged = await updateModel(deps.db, id, {
    description: description ?? null,
    memoryBytes: limits.memory_bytes ?? null,
    shmBytes: limits.shm_bytes ?? null,
    pidsMax: limits.pids_max ?? null,
    timeMs: limits.time_limit_seconds === undefined ? null : limits.time_limit_seconds * 1000,
    disabled: disabled ?? null,
  });
  const model = isChanged ? await findModel(deps.db, id) : null;
  if (model === null) throw new AppError('model_not_found');
  return model;
}

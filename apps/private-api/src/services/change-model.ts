import type { ModelChange } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor, AuditAction } from '../store/audit-store.ts';
import type { ModelRow, ModelUpdate } from '../store/model-store.ts';
import { asksFor, asksOf } from '../v1/asks-of.ts';

/**
 * Changes a model for an admin. Attempts that run keep what they began with; those to come take what is then there.
 *
 * @throws AppError `model_not_found`; `invalid_request` for GPUs of a model that uses none
 */
export async function changeModel(deps: Deps, id: string, change: ModelChange, by: Actor): Promise<ModelRow> {
  const isChanged = await deps.store.transaction(async (tx) => {
    const model = change.resources === undefined ? null : await tx.findModel(id);
    if (model !== null && change.resources !== undefined) asksFor(model, change.resources);
    const isThere = await tx.updateModel(id, updateOf(change));
    if (isThere) await tx.insertAudit(by, { action: actionOf(change), subject: id, detail: change });
    return isThere;
  });
  const model = isChanged ? await deps.store.findModel(id) : null;
  if (model === null) throw new AppError('model_not_found');
  return model;
}

function actionOf({ disabled }: ModelChange): AuditAction {
  if (disabled === undefined) return 'model.changed';
  return disabled ? 'model.disabled' : 'model.enabled';
}

function updateOf({ description, limits = {}, retries, resources, quotas = {}, disabled }: ModelChange): ModelUpdate {
  return {
    description: description ?? null,
    memoryBytes: limits.memory_bytes ?? null,
    shmBytes: limits.shm_bytes ?? null,
    pidsMax: limits.pids_max ?? null,
    timeMs: limits.time_limit_seconds === undefined ? null : limits.time_limit_seconds * 1000,
    hangMs: secondsToMs(limits.hang_seconds),
    cpus: limits.cpus,
    outputBytes: limits.output_bytes ?? null,
    retriesMax: retries ?? null,
    asks: resources === undefined ? null : asksOf(resources),
    runningMax: quotas.running_tasks,
    queuedMax: quotas.queued_tasks,
    disabled: disabled ?? null,
  };
}

function secondsToMs(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === 'number' ? seconds * 1000 : seconds;
}

import { databaseFault } from '@inference/database';
import { AppError, type Loosened, MODEL_LIMITS, type ModelLimits, type ResourceAsks } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { ModelRow } from '../store/model-store.ts';
import { acceptZip } from './accept-zip.ts';

/** A model to be, as its registration says it. */
export type NewModel = {
  readonly humanReadableId: string;
  readonly image: string;
  readonly description: string;
  readonly useGpu: boolean;
  readonly loosened: readonly Loosened[];
  readonly limits: Partial<ModelLimits>;
  /** How often a task is tried again where the model itself failed. */
  readonly retriesMax: number;
  /** What its tasks ask for, and how many may run and wait; nothing, and any number, where that is left out. */
  readonly asks?: ResourceAsks;
  readonly runningMax?: number | null;
  readonly queuedMax?: number | null;
  readonly zip: { upload: ReceivedFile; name: string } | null;
};

/**
 * Registers a container model.
 *
 * @throws AppError `model_exists`, or the code of the zip's fault, and nothing left behind; whatever else is thrown, the model may be there
 */
export async function registerModel(deps: Deps, model: NewModel, by: Actor): Promise<ModelRow> {
  const uid = deps.newId();
  const { humanReadableId, image, description, useGpu, loosened, retriesMax, asks = {}, runningMax = null, queuedMax = null } = model;
  const limits = { ...MODEL_LIMITS, ...model.limits };
  const zip = model.zip === null ? null : await acceptZip(deps, model.zip.upload, `models/${uid}.zip`);
  try {
    return await deps.store.transaction(async (tx) => {
      await tx.insertAudit(by, {
        action: 'model.registered',
        subject: humanReadableId,
        detail: { image, useGpu, loosened, retriesMax, asks, runningMax, queuedMax, ...limits },
      });
      return await tx.insertModel({
        uid,
        humanReadableId,
        image,
        description,
        useGpu,
        loosened: [...loosened],
        ...limits,
        retriesMax,
        ...{ asks, runningMax, queuedMax },
        ...(zip === null ? {} : { zipKey: zip.key, zipName: model.zip?.name ?? null, zipBytes: zip.bytes, zipSha256: zip.sha256 }),
      });
    });
  } catch (error) {
    const fault = databaseFault(error);
    // After all else, the model may have been made: then its files must stay. Should it have no row, delete-old-files removes them.
    if (zip !== null && (fault === 'duplicate' || fault === 'full')) await deps.files.delete(zip.key);
    if (fault !== 'duplicate') throw error;
    throw new AppError('model_exists', `A model with the id "${humanReadableId}" exists already: choose another human_readable_id.`);
  }
}

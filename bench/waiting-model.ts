import type { Database } from '@inference/database';
import { MODEL_LIMITS, newId } from '@inference/domain';

/** The id of a model whose tasks wait: no consumer of the bench runs containers. */
export const WAITING_MODEL = 'waiting';

/** Registers it: what is measured is the API, not what consumers do meanwhile. */
export async function registerWaitingModel(db: Database): Promise<void> {
  const image = 'nobody/runs-this:1';
  await db.model.create({ data: { uid: newId(), humanReadableId: WAITING_MODEL, image, useGpu: false, ...MODEL_LIMITS } });
}

import { MODEL_LIMITS, newId } from '@inference/domain';
import type { Platform } from './platform.ts';

/**
 * Makes one of the models below examples/models known to an installation, so that its consumers run it without Docker. No request can do
 * that: it takes the database.
 */
export async function registerFolderModel({ db }: Platform, folder: string): Promise<void> {
  await db.model.create({ data: { uid: newId(), humanReadableId: folder, image: folder, folder, useGpu: false, ...MODEL_LIMITS } });
}

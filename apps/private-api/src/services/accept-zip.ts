import { AppError } from '@inference/domain';
import type { ReceivedFile, StoredFile } from '@inference/files';
import type { Deps } from '../deps.ts';

/** Checks an upload and puts it in its place, or discards it and says what is wrong with it. */
export async function acceptZip(deps: Deps, upload: ReceivedFile, key: string): Promise<StoredFile> {
  try {
    const verdict = await deps.zips.check(upload.path);
    if (!verdict.ok) throw new AppError(verdict.code, verdict.message);
    return await upload.keep(key);
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

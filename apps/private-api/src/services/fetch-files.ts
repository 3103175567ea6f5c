import type { Lease } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import { findLive } from './find-live.ts';

/** The task's input as it is stored, for the holder of a live attempt only. */
export async function inputOf(deps: Deps, lease: Lease): Promise<StoredFile> {
  const { inputKey, inputBytes, inputSha256 } = await findLive(deps.store, lease);
  return { key: inputKey, bytes: Number(inputBytes), sha256: inputSha256 };
}

/** The model's zip as it is stored, for the holder of a live attempt only. */
export async function modelZipOf(deps: Deps, lease: Lease): Promise<StoredFile> {
  const { zipKey, zipBytes, zipSha256 } = await findLive(deps.store, lease);
  if (zipKey === null || zipSha256 === null) throw new AppError('not_found', 'The model has no zip.');
  return { key: zipKey, bytes: Number(zipBytes), sha256: zipSha256 };
}

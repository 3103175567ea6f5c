import type { Lease } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { lockLive } from './lock-live.ts';

/** The store's key of the input, for the holder of a live attempt only. */
export async function inputKey(deps: Deps, lease: Lease): Promise<string> {
  return (await lockLive(deps.db, lease)).inputKey;
}

/** The store's key of the model's zip, for the holder of a live attempt only. */
export async function modelZipKey(deps: Deps, lease: Lease): Promise<string> {
  const { zipKey } = await lockLive(deps.db, lease);
  if (zipKey === null) throw new AppError('not_found', 'The model has no zip.');
  return zipKey;
}

import type { Lease } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';

/**
 * Gives back the devices of an attempt whose model is gone from its machine. Whether the attempt still counts does not matter: what was given up
 * for lost holds its devices until its consumer says this. Who speaks next for that consumer claims at once, so nobody is rung.
 *
 * @throws AppError `stale` where the lease is nobody's
 */
export async function freeDevices(deps: Deps, lease: Lease): Promise<void> {
  if (await deps.store.endDeviceLeases(lease)) return;
  // It has none, or said so before.
  if ((await deps.store.findHeld(lease)) === null) throw new AppError('stale');
}

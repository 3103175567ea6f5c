import type { Lease } from '@inference/contracts';
import type { HeldRow } from '../store/attempt-store.ts';
import type { StoreTx } from '../store/store.ts';
import { requireLive } from './require-live.ts';

/** The task and attempt of a lease that counts now: it may be over a moment later. @throws AppError `stale` */
export async function findLive(tx: StoreTx, lease: Lease): Promise<HeldRow> {
  return requireLive(await tx.findHeld(lease));
}

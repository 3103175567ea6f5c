import type { Lease } from '@inference/contracts';
import type { HeldRow } from '../store/attempt-store.ts';
import type { StoreTx } from '../store/store.ts';
import { requireLive } from './require-live.ts';

/** The task and attempt of a lease that still counts, locked until the transaction ends. @throws AppError `stale` */
export async function lockLive(tx: StoreTx, lease: Lease): Promise<HeldRow> {
  return requireLive(await tx.lockHeld(lease));
}

import type { Lease } from '@inference/contracts';
import type { Tx } from '@inference/database';
import { type HeldRow, lockHeld } from '../store/attempt-store.ts';
import { requireLive } from './require-live.ts';

/** The task and attempt of a lease that still counts, locked until the transaction ends. @throws AppError `stale` */
export async function lockLive(tx: Tx, lease: Lease): Promise<HeldRow> {
  return requireLive(await lockHeld(tx, lease));
}

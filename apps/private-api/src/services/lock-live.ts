import type { Lease } from '@inference/contracts';
import type { Tx } from '@inference/database';
import { AppError } from '@inference/domain';
import { type HeldRow, lockHeld } from '../store/attempt-store.ts';
import { decide } from './decide.ts';

/** The task and attempt of a lease that still counts, locked until the transaction (or the statement) ends. @throws AppError `stale` */
export async function lockLive(tx: Tx, lease: Lease): Promise<HeldRow> {
  const row = await lockHeld(tx, lease);
  if (row === null || decide(row, 'renew') === 'stale') throw new AppError('stale');
  return row;
}

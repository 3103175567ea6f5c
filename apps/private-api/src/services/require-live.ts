import { AppError } from '@inference/domain';
import type { HeldRow } from '../store/attempt-store.ts';
import { decide } from './decide.ts';

/** What was found of a lease, if it still counts. @throws AppError `stale` */
export function requireLive(row: HeldRow | null): HeldRow {
  if (row === null || decide(row, 'renew') === 'stale') throw new AppError('stale');
  return row;
}

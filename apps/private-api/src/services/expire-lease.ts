import type { Failure } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { LeaseRow } from '../store/attempt-store.ts';
import { settleFailure } from './finish-attempt.ts';
import { ringPool } from './ring-pool.ts';

const LOST: Failure = { class: 'infrastructure', reason: 'The consumer that ran the task fell silent.' };

/** Ends a lease whose holder is gone, provided that its counter still stands where it was seen. The first time, the task is tried again at once. */
export async function expireLease(deps: Deps, lease: LeaseRow): Promise<boolean> {
  const settled = await deps.store.transaction(async (tx) => {
    const row = await tx.lockSilent(lease);
    if (row === null) return null;
    const end = { outcome: 'lost' as const, failure: LOST, stdout: [], stderr: [] };
    return { ...(await settleFailure(deps, tx, row, { failure: LOST, end })), taskUid: row.taskUid };
  });
  if (settled !== null) deps.news.tell(settled.taskUid);
  if (settled?.again) ringPool(deps, settled.again.pool, settled.again.taskUid);
  return settled?.answer === 'recorded';
}

import type { Lease, RenewReply } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { decide } from './decide.ts';

type Renewed = { readonly reply: RenewReply; readonly isBack: boolean };

const STALE: Renewed = { reply: 'stale', isBack: false };

/** Takes a consumer's sign of life, and answers whether it should go on. */
export async function renewLease(deps: Deps, lease: Lease): Promise<RenewReply> {
  const { reply, isBack } = await deps.store.transaction(async (tx): Promise<Renewed> => {
    const row = await tx.lockHeld(lease);
    if (row === null) return STALE;
    const next = decide(row, 'renew');
    if (next === 'stale') return STALE;
    await tx.raiseHeartbeat(row);
    const isBack = next === 'running' && (await tx.setRunningAgain(row)) > 0;
    return { reply: row.state === 'cancelling' ? 'stop' : 'continue', isBack };
  });
  if (isBack) deps.news.tell(lease.taskUid);
  return reply;
}

import type { Lease, RenewReply } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { lockHeld, raiseHeartbeat, setRunningAgain } from '../store/attempt-store.ts';
import { decide } from './decide.ts';

type Renewed = { readonly reply: RenewReply; readonly isBack: boolean };

const STALE: Renewed = { reply: 'stale', isBack: false };

/** Takes a consumer's sign of life, and answers whether it should go on. */
export async function renewLease(deps: Deps, lease: Lease): Promise<RenewReply> {
  const { reply, isBack } = await deps.db.$transaction(async (tx): Promise<Renewed> => {
    const row = await lockHeld(tx, lease);
    if (row === null) return STALE;
    const next = decide(row, 'renew');
    if (next === 'stale') return STALE;
    await raiseHeartbeat(tx, row);
    const isBack = next === 'running' && (await setRunningAgain(tx, row)) > 0;
    return { reply: row.state === 'cancelling' ? 'stop' : 'continue', isBack };
  });
  if (isBack) deps.news.tell(lease.taskUid);
  return reply;
}

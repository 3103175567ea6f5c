import type { Lease, RenewReply } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { lockHeld, raiseHeartbeat, setRunningAgain } from '../store/attempt-store.ts';
import { decide } from './decide.ts';

/** Takes a consumer's sign of life, and answers whether it should go on. */
export async function renewLease(deps: Deps, lease: Lease): Promise<RenewReply> {
  return await deps.db.$transaction(async (tx) => {
    const row = await lockHeld(tx, lease);
    if (row === null) return 'stale';
    const next = decide(row, 'renew');
    if (next === 'stale') return 'stale';
    await raiseHeartbeat(tx, row);
    if (next === 'running') await setRunningAgain(tx, row);
    return row.state === 'cancelling' ? 'stop' : 'continue';
  });
}

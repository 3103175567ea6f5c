import type { Lease } from '@inference/contracts';
import { AppError, type LiveBatch } from '@inference/domain';
import type { Deps } from '../deps.ts';

/** Keeps what a running model printed and how far it is, and wakes who follows it. @throws AppError `stale` */
export async function keepLive(deps: Deps, lease: Lease, batch: LiveBatch): Promise<void> {
  if ((await deps.store.keepLive(lease, batch)) === 0) throw new AppError('stale');
  deps.news.tell(lease.taskUid);
}

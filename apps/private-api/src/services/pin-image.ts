import type { Lease } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { lockLive } from './lock-live.ts';

/** Pins the image that the task's first attempt found, and answers the one to use. */
export async function pinImage(deps: Deps, lease: Lease, image: string): Promise<string> {
  return await deps.store.transaction(async (tx) => {
    const row = await lockLive(tx, lease);
    const pinned = await tx.pinImage(row.taskId, image);
    if (pinned === image) await tx.insertEvent({ taskId: row.taskId, kind: 'image', attempt: row.attempt, text: image });
    return pinned;
  });
}

import type { Lease } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { insertEvent } from '../store/event-store.ts';
import * as store from '../store/task-store.ts';
import { lockLive } from './lock-live.ts';

/** Pins the image that the task's first attempt found, and answers the one to use. */
export async function pinImage(deps: Deps, lease: Lease, image: string): Promise<string> {
  return await deps.db.$transaction(async (tx) => {
    const row = await lockLive(tx, lease);
    const pinned = await store.pinImage(tx, row.taskId, image);
    if (pinned === image) await insertEvent(tx, { taskId: row.taskId, kind: 'image', attempt: row.attempt, text: image });
    return pinned;
  });
}

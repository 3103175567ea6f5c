import type { Lease } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { countEvents, insertEvent } from '../store/event-store.ts';
import { lockLive } from './lock-live.ts';

/** Progress events kept per task; what comes after is dropped. */
const PROGRESS_EVENTS_MAX = 1_000;

/** Keeps a line of progress as an event of the task. */
export async function noteProgress(deps: Deps, lease: Lease, text: string): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const row = await lockLive(tx, lease);
    if ((await countEvents(tx, row.taskId, 'progress')) >= PROGRESS_EVENTS_MAX) return;
    await insertEvent(tx, { taskId: row.taskId, kind: 'progress', attempt: row.attempt, text });
  });
  deps.news.tell(lease.taskUid);
}

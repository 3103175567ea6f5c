import type { Clock } from '@inference/domain';
import type { TaskNews } from './task-news.ts';
import { Waiters } from './waiters.ts';

/** News within one process, where no other private API uses the database. */
export function createLocalNews(clock: Clock): TaskNews {
  const waiters = new Waiters(clock);
  return {
    tell: (taskUid) => waiters.wake(taskUid),
    changed: (taskUid, wait) => waiters.wait(taskUid, wait),
  };
}

import { BACKOFF_MAX_MS } from '@inference/domain';
import type { Tables } from '../tables.ts';
import { attemptsOf, eventsOf } from './rows-of-task.ts';

/** What puts a task into the queue, or takes it from there. */
const TURNS: readonly string[] = ['submitted', 'queued', 'requeued', 'claimed'];

/** No task is claimed before its back-off is over. One that is over later than any back-off lasts was written by a clock that was set back since. */
export function claimsWait(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    const newest = attemptsOf(tables, task).at(-1);
    const turn = eventsOf(tables, task).findLast(({ kind }) => TURNS.includes(kind));
    if (newest === undefined || turn?.kind !== 'claimed') return [];
    const earlyMs = Date.parse(task.available_at) - Date.parse(newest.started_at);
    const isEarly = earlyMs > 0 && earlyMs <= BACKOFF_MAX_MS;
    return isEarly ? [`task ${task.id} was claimed ${earlyMs} ms before its back-off was over`] : [];
  });
}

import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import type { OverdueWords } from '../store/deadline-store.ts';

const INTERVAL_MS = 5_000;
/** Tasks that one pass ends. */
const TASKS_MAX = 1_000;
const AGAIN = 'Send it again with a larger deadline_seconds.';
const WORDS: OverdueWords = {
  queued: `it was still waiting for its turn. ${AGAIN}`,
  running: `its model was still running, and is stopped. ${AGAIN}`,
};

/**
 * Ends tasks that have not ended by their deadline. Who runs one hears at its next renewal that its attempt is over, and removes the
 * container; no report of it counts any more.
 */
export function endOverdueTasks(deps: Pick<Deps, 'store' | 'news' | 'log'>): Loop {
  return {
    name: 'end-overdue-tasks',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      const ended = await deps.store.endOverdueTasks({ words: WORDS, countMax: TASKS_MAX });
      for (const { uid } of ended) deps.news.tell(uid);
      if (ended.length > 0) deps.log.info({ tasks: ended.length }, 'tasks were ended that had passed their deadline');
    },
  };
}

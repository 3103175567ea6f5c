import { isFinal } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../store/viewer.ts';
import { type TaskView, viewTask } from './view-task.ts';

export type Wait = { readonly seconds: number; readonly signal: AbortSignal };

/** Answers a task once it has ended, or as it is when the time is over, nobody waits any more, or this server stops. */
export async function awaitTask(deps: Deps, uid: string, viewer: Viewer, wait: Wait): Promise<TaskView> {
  const { seconds } = wait;
  if (seconds === 0) return await viewTask(deps, uid, viewer);
  const signal = AbortSignal.any([wait.signal, deps.feeds.closing]);
  const endMs = deps.clock.monotonicMs() + seconds * 1000;
  for (;;) {
    const timeoutMs = endMs - deps.clock.monotonicMs();
    if (timeoutMs <= 0 || signal.aborted) return await viewTask(deps, uid, viewer);
    const looked = new AbortController();
    // Asked for news before the look: what happens in between is not missed.
    const changed = deps.news.changed(uid, { signal: AbortSignal.any([signal, looked.signal]), timeoutMs });
    try {
      const task = await viewTask(deps, uid, viewer);
      if (isFinal(task.state)) return task;
      await changed;
    } finally {
      looked.abort();
    }
  }
}

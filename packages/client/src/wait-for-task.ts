import type { Task } from '@inference/contracts';
import { WaitTimeout } from './errors.ts';
import type { Http } from './http.ts';
import { hasEnded } from './task-state.ts';

/** The server keeps one request open so long, in seconds. */
const WAIT_SECONDS = 30;
/** What the answer may take beyond that, in milliseconds. */
const GRACE_MS = 30_000;

export type WaitOptions = {
  /** How long to wait altogether, in milliseconds; without it, as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Hears of the task each time it was looked at. */
  readonly onTask?: ((task: Task) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Waits until a task has ended. Throws WaitTimeout. */
export async function waitForTask(http: Http, id: string, { timeoutMs, onTask, signal }: WaitOptions): Promise<Task> {
  const endMs = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  for (;;) {
    const leftSeconds = Math.max(0, Math.min(WAIT_SECONDS, Math.ceil((endMs - performance.now()) / 1000)));
    const task = await http.json<Task>({
      method: 'GET',
      path: `/api/v1/tasks/${encodeURIComponent(id)}`,
      query: { wait: leftSeconds },
      isRepeatable: true,
      limitMs: leftSeconds * 1000 + GRACE_MS,
      signal,
    });
    onTask?.(task);
    if (hasEnded(task)) return task;
    if (performance.now() >= endMs) throw new WaitTimeout(id);
  }
}

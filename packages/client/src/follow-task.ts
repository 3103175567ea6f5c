import type { Task } from '@inference/contracts';
import { TransportError } from './errors.ts';
import type { Http } from './http.ts';
import { sseEvents } from './sse-events.ts';
import { unlessStalled } from './unless-stalled.ts';

/** What happens to a task, as its server tells it. */
export type TaskEvent =
  | { readonly event: 'state'; readonly id: string; readonly data: { state: Task['state']; attempt: number; reason: string | null } }
  | { readonly event: 'progress'; readonly id: string; readonly data: { fraction: number | null; text: string } }
  | { readonly event: 'log'; readonly id: string; readonly data: LogPiece }
  | { readonly event: 'done'; readonly id: string; readonly data: { state: Task['state']; reason: string | null; deleted: boolean } };

/** A piece of the log. An open one is a line that is not over: the next piece of its stream takes its place. */
export type LogPiece = {
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly offset: number;
  readonly text: string;
  readonly open: boolean;
  readonly at: string;
};

const EVENTS: readonly string[] = ['state', 'progress', 'log', 'done'];

/** The events of a task until it is over. Where the connection breaks it comes again with the last id, so nothing is lost. */
export async function* followTask(
  http: Http,
  task: string,
  { lastEventId = '', signal }: { lastEventId?: string | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<TaskEvent> {
  let last = lastEventId;
  for (let failures = 0; ; ) {
    try {
      const headers = { accept: 'text/event-stream', ...(last === '' ? {} : { 'last-event-id': last }) };
      const path = `/api/v1/tasks/${encodeURIComponent(task)}/events`;
      // It is this loop that tries again.
      const response = await http.ask({ method: 'GET', path, headers, isRepeatable: false, limitMs: null, signal });
      if (response.status === 204 || response.body === null) return;
      for await (const { id, event, data } of sseEvents(unlessStalled(response.body))) {
        failures = 0;
        last = id;
        if (!EVENTS.includes(event)) continue;
        yield { event, id, data: JSON.parse(data) } as TaskEvent;
        if (event === 'done') return;
      }
      throw new TransportError('The events ended before the task did.');
    } catch (error) {
      await http.beforeNextTry(++failures, error, signal);
    }
  }
}

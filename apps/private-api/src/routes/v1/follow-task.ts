import { AppError } from '@inference/domain';
import type { RequestHandler, Response } from 'express';
import { readerOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { isOver } from '../../feed/feed-client.ts';
import { parsePlace } from '../../feed/feed-place.ts';
import type { FollowSink } from '../../feed/task-feeds.ts';
import { noteRead } from '../../services/note-read.ts';
import { taskIn } from '../../v1/path-parameter.ts';
import { whileAllowed } from '../../while-allowed.ts';

/** A client comes again after so long, in milliseconds. */
const RETRY_MS = 2_000;
/** A client that takes nothing of what waits for it is cut after so long, in milliseconds. */
const STALLED_MS = 60_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * GET /api/v1/tasks/{task}/events -> 200, an event stream of what happens to the task and what its model prints, until it is over or the
 * caller may not see it any more; 204 for a client that heard the end and comes again, as browsers do: they stop at that.
 */
export function followTaskRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskIn(request);
    if ((await deps.store.findSeen(uid, viewerOf(response))) === null) throw new AppError('task_not_found');
    await noteRead(deps, uid, readerOf(response), 'log');
    const place = parsePlace(String(request.headers['last-event-id'] ?? ''));
    const first = await deps.feeds.admit(uid, place);
    if (place.isDone && isOver(first.task) && first.task.eventId === place.eventId) {
      response.status(204).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.writeHead(200, HEADERS);
    response.write(`retry: ${RETRY_MS}\n\n`);
    if (request.method === 'HEAD') response.end();
    else {
      const until = { gone: gone.signal, barred: whileAllowed(response, deps.clock) };
      await deps.feeds.follow(uid, place, first, { sink: sinkOf(deps, response, gone.signal), until });
    }
  };
}

function sinkOf({ clock }: Pick<Deps, 'clock'>, response: Response, gone: AbortSignal): FollowSink {
  return {
    write: (text) => response.write(text),
    end: () => {
      response.end();
      // It may be one that reads nothing.
      const cancel = clock.after(STALLED_MS, () => response.destroy());
      response.once('close', cancel);
    },
    get writableLength() {
      return response.writableLength;
    },
    drained: async () => {
      if (gone.aborted || !response.writableNeedDrain) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(STALLED_MS, () => response.destroy());
      response.once('drain', resolve);
      gone.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      cancel();
      response.off('drain', resolve);
    },
  };
}

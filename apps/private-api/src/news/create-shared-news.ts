import { type Connection, listen } from '@inference/database';
import { type Clock, type NewId, reasonOf } from '@inference/domain';
import type { Log } from '@inference/service';
import { NEWS_CHANNEL } from '../store/news-store.ts';
import type { Store } from '../store/store.ts';
import { type News, OutgoingNews } from './outgoing-news.ts';
import type { TaskNews } from './task-news.ts';
import { Waiters } from './waiters.ts';

/** A wait ends after so long, in milliseconds, even without news: a private API that dies after its commit tells nobody. */
const LOOK_MS = 10_000;
/** While the database's news cannot be heard, a wait ends after so long, in milliseconds. */
const DEAF_LOOK_MS = 2_000;
/** Stands for all tasks. */
const ALL = '*';

export type SharedNewsOptions = {
  readonly store: Store;
  /** Where the session that listens goes to. */
  readonly connection: Connection;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
};

/** News among all private APIs of a database, over NOTIFY. `close` ends the session that listens. */
export function createSharedNews({ store, connection, clock, newId, log }: SharedNewsOptions): TaskNews & { close(): Promise<void> } {
  const sender = newId();
  const waiters = new Waiters(clock);
  let hears = false;
  const send = (messages: readonly News[]) => store.sendNews(messages.map((uids) => [sender, ...(uids ?? [ALL])].join(' ')));
  const outgoing = new OutgoingNews({ clock, log, send });
  const listener = listen(connection, {
    channel: NEWS_CHANNEL,
    clock,
    onNotice: (text) => {
      const [from, ...uids] = text.split(' ');
      if (from === sender) return;
      if (uids.includes(ALL)) waiters.wakeAll();
      else for (const uid of uids) waiters.wake(uid);
    },
    onUp: () => {
      hears = true;
      // What was sent before was not heard.
      waiters.wakeAll();
    },
    onDown: (error) => {
      log.warn({ reason: reasonOf(error) }, 'news of tasks cannot be heard; who waits looks every two seconds');
      hears = false;
      // They wait again, and no longer than the deaf do.
      waiters.wakeAll();
    },
  });
  return {
    tell: (taskUid) => {
      waiters.wake(taskUid);
      outgoing.add(taskUid);
    },
    changed: (taskUid, { signal, timeoutMs }) =>
      waiters.wait(taskUid, { signal, timeoutMs: Math.min(timeoutMs, hears ? LOOK_MS : DEAF_LOOK_MS) }),
    close: async () => {
      await outgoing.close();
      await listener.close();
      waiters.wakeAll();
    },
  };
}

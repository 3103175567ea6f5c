import type { Clock, NewId } from '@inference/domain';
import type { FileStore } from '@inference/files';
import type { TaskQueue } from '@inference/queue';
import type { Log } from '@inference/service';
import type { ZipChecker } from '@inference/zips';
import type { TaskFeeds } from './feed/task-feeds.ts';
import type { TaskNews } from './news/task-news.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store/store.ts';

/** What the private API works with; made in `main.ts`, handed down to every route, service and loop. */
export type Deps = {
  readonly store: Store;
  readonly files: FileStore;
  readonly queue: TaskQueue;
  readonly news: TaskNews;
  readonly feeds: TaskFeeds;
  readonly zips: ZipChecker;
  readonly clock: Clock;
  readonly newId: NewId;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Claims about which a decision is taken. */
  readonly decisions: OneAtATime;
  readonly log: Log;
  readonly settings: Settings;
};

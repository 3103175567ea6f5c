import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { type Look, lookAtTask } from '../services/look-at-task.ts';
import { FeedClient, type FeedSink } from './feed-client.ts';
import type { FeedPlace } from './feed-place.ts';
import { TaskFeed } from './task-feed.ts';

/** Clients that may follow tasks at the same time, in one process: the relay has 1000 connections for everybody. */
const CLIENTS_MAX = 600;
/** A connection with nothing to tell carries a sign of life so often, in milliseconds: proxies cut silent ones. */
const COMMENT_MS = 15_000;

/** Where a client's feed goes, and how to wait for it to take what was written. */
export type FollowSink = FeedSink & {
  /** Resolves once everything was taken, or the client is gone. */
  drained(): Promise<void>;
};

/** One who follows a task. */
export type Follower = {
  readonly sink: FollowSink;
  /** `gone` is aborted when the client goes, `barred` when it may not see the task any more. */
  readonly until: { readonly gone: AbortSignal; readonly barred: AbortSignal };
};

/** Who follows which task in this process. */
export class TaskFeeds {
  readonly #deps: Pick<Deps, 'store' | 'news' | 'clock' | 'log'>;
  readonly #feeds = new Map<string, TaskFeed>();
  readonly #clients = new Set<FeedClient>();
  #cancelComments: (() => void) | null = null;
  readonly #closing = new AbortController();

  constructor(deps: Pick<Deps, 'store' | 'news' | 'clock' | 'log'>) {
    this.#deps = deps;
  }

  /** Aborted when the server stops: whoever makes requests wait lets go of them. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Looks at a task for a client that is about to follow it. @throws AppError `unavailable` where too many do */
  async admit(uid: string, place: FeedPlace): Promise<Look> {
    if (this.closing.aborted) throw new AppError('unavailable');
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new AppError('unavailable', `So many clients follow tasks now (${CLIENTS_MAX}) that no more can: try again in a few seconds.`);
    }
    const look = await lookAtTask(this.#deps, uid, place.pieceId);
    if (look === null) throw new AppError('task_not_found');
    return look;
  }

  /** Tells a client of a task from its place on, until the task is over or the client goes. */
  async follow(uid: string, place: FeedPlace, first: Look, { sink, until: { gone, barred } }: Follower): Promise<void> {
    const client = new FeedClient(sink, place);
    this.#clients.add(client);
    this.#comment();
    gone.addEventListener('abort', () => this.#leave(uid, client), { once: true });
    if (gone.aborted) this.#leave(uid, client);
    barred.addEventListener('abort', () => this.#bar(uid, client), { once: true });
    try {
      for (let look: Look | null = first; look !== null; look = await lookAtTask(this.#deps, uid, client.pieceId)) {
        client.show(look);
        if (look.more) await sink.drained();
        if (gone.aborted || client.isOver) return;
        if (!look.more && this.#feedOf(uid, client.pieceId).join(client)) return;
      }
    } catch (error) {
      client.cut('The task cannot be looked at now: come again with the last id.');
      throw error;
    } finally {
      if (client.isOver) this.#leave(uid, client);
    }
  }

  /** Ends all feeds: their clients come again, to another process or a later one. */
  close(): void {
    this.#closing.abort();
    this.#cancelComments?.();
    for (const client of this.#clients) client.cut('The server stops: come again with the last id.');
    this.#clients.clear();
  }

  #feedOf(uid: string, pieceId: bigint): TaskFeed {
    const feed = this.#feeds.get(uid) ?? new TaskFeed(this.#deps, uid, pieceId);
    this.#feeds.set(uid, feed);
    return feed;
  }

  #bar(uid: string, client: FeedClient): void {
    client.cut('The key was revoked, has expired, or may not do this any more.');
    this.#leave(uid, client);
  }

  #leave(uid: string, client: FeedClient): void {
    this.#clients.delete(client);
    const feed = this.#feeds.get(uid);
    feed?.leave(client);
    if (feed?.isEmpty) this.#feeds.delete(uid);
    if (this.#clients.size > 0) return;
    this.#cancelComments?.();
    this.#cancelComments = null;
  }

  #comment(): void {
    this.#cancelComments ??= this.#deps.clock.after(COMMENT_MS, () => {
      this.#cancelComments = null;
      for (const client of this.#clients) client.comment();
      if (this.#clients.size > 0 && !this.closing.aborted) this.#comment();
    });
  }
}

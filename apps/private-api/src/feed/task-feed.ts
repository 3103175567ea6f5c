import { reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { lookAtTask } from '../services/look-at-task.ts';
import type { FeedClient } from './feed-client.ts';

/** A wait for news of a task ends after so long, in milliseconds. */
const LOOK_MS = 10_000;
/** A look that failed is tried again after so long, in milliseconds. */
const RETRY_MS = 1_000;

/** The clients that follow one task, and the one reader of the database that they share. */
export class TaskFeed {
  readonly #deps: Pick<Deps, 'store' | 'news' | 'clock' | 'log'>;
  readonly #uid: string;
  readonly #clients = new Set<FeedClient>();
  #pieceId: bigint;
  #isRunning = false;
  #nudge = Promise.withResolvers<void>();

  /** @param pieceId up to where its first client has heard the log */
  constructor(deps: Pick<Deps, 'store' | 'news' | 'clock' | 'log'>, uid: string, pieceId: bigint) {
    this.#deps = deps;
    this.#uid = uid;
    this.#pieceId = pieceId;
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0;
  }

  /** Takes a client that has caught up; false: the others have heard more meanwhile, and it must look again first. */
  join(client: FeedClient): boolean {
    if (client.pieceId < this.#pieceId) return false;
    this.#clients.add(client);
    // What changed since the client's own look is told by one more look.
    this.#nudge.resolve();
    if (!this.#isRunning) void this.#run();
    return true;
  }

  leave(client: FeedClient): void {
    this.#clients.delete(client);
    if (this.isEmpty) this.#nudge.resolve();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let isFailing = false;
    while (!this.isEmpty) {
      const looked = new AbortController();
      this.#nudge = Promise.withResolvers<void>();
      // Asked for news before the look: what happens in between is not missed.
      const changed = this.#deps.news.changed(this.#uid, { signal: looked.signal, timeoutMs: LOOK_MS });
      try {
        const more = await this.#look();
        isFailing = false;
        if (!more && !this.isEmpty) await Promise.race([changed, this.#nudge.promise]);
      } catch (error) {
        if (!isFailing)
          this.#deps.log.warn({ reason: reasonOf(error), taskUid: this.#uid }, 'a followed task cannot be looked at; trying again');
        isFailing = true;
        await new Promise<void>((resolve) => this.#deps.clock.after(RETRY_MS, resolve));
      } finally {
        looked.abort();
      }
    }
    this.#isRunning = false;
  }

  async #look(): Promise<boolean> {
    const look = await lookAtTask(this.#deps, this.#uid, this.#pieceId);
    if (look === null) throw new Error('The row of a followed task is gone.');
    this.#pieceId = look.pieces.at(-1)?.id ?? this.#pieceId;
    for (const client of this.#clients) {
      client.show(look);
      if (client.isOver) this.#clients.delete(client);
    }
    return look.more;
  }
}

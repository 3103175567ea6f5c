import { type Clock, reasonOf } from '@inference/domain';
import type { Log } from '@inference/service';

/** News is gathered for so long, in milliseconds, before it is sent: NOTIFY serialises the commits that carry it. */
const GATHER_MS = 20;
/** Sending that failed is tried again after so long, in milliseconds. */
const RETRY_MS = 1_000;
/** Tasks in one message: Postgres takes 8000 bytes, and a uid has 43. */
export const TASKS_MAX = 150;
/** Messages of one statement; with news of more tasks than they hold, everybody is told to look at everything. */
const MESSAGES_MAX = 20;

/** What the others are told: these tasks changed, or (null) any may have. */
export type News = readonly string[] | null;

export type OutgoingNewsOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly send: (messages: readonly News[]) => Promise<void>;
};

/** Gathers what other private APIs should hear, and sends it: one statement at a time, and what waits meanwhile is bounded. */
export class OutgoingNews {
  readonly #options: OutgoingNewsOptions;
  /** Null: more than can be named. */
  #waiting: Set<string> | null = new Set();
  #busy = false;
  #failing = false;
  #closed = false;
  #cancel = (): void => {};
  #sending: Promise<void> = Promise.resolve();

  constructor(options: OutgoingNewsOptions) {
    this.#options = options;
  }

  add(taskUid: string): void {
    this.#waiting?.add(taskUid);
    if (this.#waiting !== null && this.#waiting.size > TASKS_MAX * MESSAGES_MAX) this.#waiting = null;
    this.#sendIn(GATHER_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#sending;
  }

  #sendIn(delayMs: number): void {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#sending = this.#send();
    });
  }

  async #send(): Promise<void> {
    const messages = messagesOf(this.#waiting);
    this.#waiting = new Set();
    try {
      await this.#options.send(messages);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.log.warn({ reason: reasonOf(error) }, 'news of tasks could not be sent; trying again');
      this.#failing = true;
      this.#waiting = null;
    }
    this.#busy = false;
    if (this.#waiting === null || this.#waiting.size > 0) this.#sendIn(this.#failing ? RETRY_MS : GATHER_MS);
  }
}

function messagesOf(waiting: Set<string> | null): News[] {
  if (waiting === null) return [null];
  const uids = [...waiting];
  return Array.from({ length: Math.ceil(uids.length / TASKS_MAX) }, (_, at) => uids.slice(at * TASKS_MAX, (at + 1) * TASKS_MAX));
}

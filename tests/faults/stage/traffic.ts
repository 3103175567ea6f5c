import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@inference/database';
import type { Client, Reply } from './client.ts';

/** More tasks than this do not wait. */
const WAITING_MAX = 10;
const LOOK_MS = 200;
/** Between two requests of a client, in milliseconds. */
const AGAIN_MS = 100;
/** A task that is not accepted by then has a fault, in milliseconds. */
const ACCEPT_MS = 180_000;

/** A request that was not answered well, and when it was under way. */
type Failure = { readonly client: Client; readonly beganMs: number; readonly endedMs: number; readonly text: string };

/** Sends tasks without a pause, by several clients side by side, and keeps which requests failed, and when. */
export class Traffic implements AsyncDisposable {
  readonly #db: Database;
  readonly #failures: Failure[] = [];
  readonly #excused: { readonly client: Client; readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #senders: Promise<void>[];
  #isOver = false;
  #isGivenUp = false;

  constructor(clients: readonly Client[], db: Database) {
    this.#db = db;
    this.#senders = clients.map((client) => this.#send(client));
    // Whoever stops it hears of it.
    for (const sender of this.#senders) sender.catch(() => {});
  }

  /** Lets the requests of a client fail while this goes on: it is what they are served by. */
  async excuse<T>(client: Client, work: () => Promise<T>): Promise<T> {
    const fromMs = performance.now();
    try {
      return await work();
    } finally {
      this.#excused.push({ client, fromMs, toMs: performance.now() });
    }
  }

  /** Ends it once whatever was begun is accepted; answers what failed without an excuse, in words. */
  async stop(): Promise<{ failed: readonly string[]; excused: number }> {
    this.#isOver = true;
    await Promise.all(this.#senders);
    const failed = this.#failures.filter((failure) => !this.#isExcused(failure)).map(({ text }) => text);
    return { failed, excused: this.#failures.length - failed.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#isGivenUp = true;
    await Promise.allSettled(this.#senders);
  }

  #isExcused({ client, beganMs, endedMs }: Failure): boolean {
    return this.#excused.some((excuse) => excuse.client === client && beganMs <= excuse.toMs && endedMs >= excuse.fromMs);
  }

  async #send(client: Client): Promise<void> {
    while (!this.#isOver) {
      await pause(AGAIN_MS);
      if (await this.#isFull()) await pause(LOOK_MS);
      else await this.#one(client);
    }
  }

  async #one(client: Client): Promise<void> {
    const sending = await client.prepare();
    const limitMs = performance.now() + ACCEPT_MS;
    while (!this.#isGivenUp) {
      const beganMs = performance.now();
      const reply = await client.put(sending);
      if (reply?.sent != null) return;
      if (beganMs > limitMs) throw new Error(`a task was not accepted within ${ACCEPT_MS / 1000} s: ${textOf(reply)}`);
      this.#failures.push({ client, beganMs, endedMs: performance.now(), text: textOf(reply) });
      await pause(AGAIN_MS);
    }
  }

  async #isFull(): Promise<boolean> {
    return (await this.#db.task.count({ where: { state: { in: ['queued', 'running'] } } })) > WAITING_MAX;
  }
}

function textOf(reply: Reply | null): string {
  return reply === null ? 'no answer' : `${reply.status} ${reply.text}`;
}

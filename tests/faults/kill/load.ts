import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@inference/database';
import type { Client } from '../stage/client.ts';

/** So many send side by side, each the next task once the last one is accepted. */
const SENDERS = 8;
/** More tasks than this do not wait, so that the end of a batch is near. */
const WAITING_MAX = 200;
const LOOK_MS = 200;
/** A sender that is refused comes again after this, in milliseconds. */
const AGAIN_MS = 25;
/** A task that is not accepted by then has a fault, in milliseconds. */
const ACCEPT_MS = 180_000;
/** What a task must give back, in bytes: small, as most of the time is to be spent on accepting, running and reporting. */
const PAYLOAD_BYTES = 256;

/** Sends tasks without a pause until it is stopped, each as often as it takes to be accepted. */
export class Load {
  readonly #client: Client;
  readonly #db: Database;
  readonly #senders: Promise<void>[];
  #stopped = false;
  #count = 0;

  constructor(client: Client, db: Database) {
    this.#client = client;
    this.#db = db;
    this.#senders = Array.from({ length: SENDERS }, () => this.#send());
  }

  /** Resolves when nothing is sent any more: whatever was begun is accepted then. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#senders);
  }

  async #send(): Promise<void> {
    while (!this.#stopped) {
      await this.#room();
      const payload = Buffer.alloc(PAYLOAD_BYTES, `${this.#count++} `);
      const sending = await this.#client.prepare({ payload });
      const endMs = performance.now() + ACCEPT_MS;
      while ((await this.#client.put(sending))?.sent == null) {
        if (performance.now() > endMs) throw new Error(`a task was not accepted within ${ACCEPT_MS / 1000} s`);
        await pause(AGAIN_MS);
      }
    }
  }

  async #room(): Promise<void> {
    const waiting = () => this.#db.task.count({ where: { state: { in: ['queued', 'running'] } } }).catch(() => 0);
    while (!this.#stopped && (await waiting()) > WAITING_MAX) await pause(LOOK_MS);
  }
}

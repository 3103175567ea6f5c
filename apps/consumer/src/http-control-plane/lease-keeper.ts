import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Keeping, Lease } from '@inference/contracts';
import type { Clock } from '@inference/domain';
import type { Log } from '@inference/service';
import type { FromWorker, ToWorker } from './renew-messages.ts';

/** A worker that has crashed is started again after so long, in milliseconds. */
const RESTART_MS = 1_000;
/** The worker hears so often, in milliseconds, that this thread is there. */
const ALIVE_MS = 30_000;

export type LeaseKeeperOptions = {
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly log: Log;
};

type Kept = { readonly lease: Lease; readonly keeping: Keeping };

/** Keeps leases by a worker thread that renews them; the worker is started again when it crashes, with all that it kept. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #kept = new Map<number, Kept>();
  #lastId = 0;
  #worker: Worker | null = null;
  #closed = false;
  #cancelRestart = (): void => {};
  #cancelAlive = (): void => {};

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#startWorker();
    this.#sayAlive();
  }

  keep(lease: Lease, keeping: Keeping): () => void {
    const id = ++this.#lastId;
    this.#kept.set(id, { lease, keeping });
    this.#tellToKeep(id, lease, keeping);
    return () => {
      this.#kept.delete(id);
      this.#tell({ kind: 'drop', id });
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRestart();
    this.#cancelAlive();
    await this.#worker?.terminate();
  }

  #startWorker(): void {
    const { url, key, clock, log } = this.#options;
    // Neither arguments nor environment: what it needs to know comes by message. Without Node's cache it would load the compiler, of 15 MiB.
    const cache = getCompileCacheDir();
    const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
    const worker = new Worker(new URL('./renew-worker.ts', import.meta.url), { argv: [], env, execArgv: [] });
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) => log.error({ err: error }, 'the thread that renews leases has crashed'));
    worker.once('exit', () => {
      this.#worker = null;
      if (this.#closed) return;
      log.warn('the thread that renews leases has ended; starting it again');
      this.#cancelRestart = clock.after(RESTART_MS, () => this.#startWorker());
    });
    this.#tell({ kind: 'start', url, key });
    for (const [id, { lease, keeping }] of this.#kept) this.#tellToKeep(id, lease, keeping);
  }

  #tellToKeep(id: number, { taskUid, attempt, token }: Lease, { everyMs, atOnce = false }: Keeping): void {
    this.#tell({ kind: 'keep', id, lease: { taskUid, attempt, token }, everyMs, atOnce });
  }

  #hear(message: FromWorker): void {
    const kept = this.#kept.get(message.id);
    if (kept === undefined) return;
    const { lease, keeping } = kept;
    const about = { taskUid: lease.taskUid, attempt: lease.attempt };
    if (message.kind === 'failing') {
      this.#options.log.warn({ ...about, reason: message.reason }, 'a lease could not be renewed; trying again every second');
    } else if (message.kind === 'works_again') {
      this.#options.log.info(about, 'the lease is renewed again');
    } else {
      keeping.onReply(message.reply);
    }
  }

  #sayAlive(): void {
    this.#tell({ kind: 'alive' });
    this.#cancelAlive = this.#options.clock.after(ALIVE_MS, () => this.#sayAlive());
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}

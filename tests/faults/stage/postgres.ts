import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, type EmbeddedPostgres, startEmbeddedPostgres } from '@inference/database';

/** What a killed server leaves in memory goes a moment later; until then no new one starts. In milliseconds. */
const START_MS = 60_000;
const AGAIN_MS = 100;

/** A Postgres of its own that can be killed. */
export class Postgres {
  readonly #folder: string;
  #server: EmbeddedPostgres;

  private constructor(folder: string, server: EmbeddedPostgres) {
    this.#folder = folder;
    this.#server = server;
  }

  static async open(folder: string): Promise<Postgres> {
    return new Postgres(folder, await startEmbeddedPostgres(folder));
  }

  get connection(): Connection {
    return this.#server.connection;
  }

  get runs(): boolean {
    try {
      process.kill(this.#pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** The path of its socket. */
  get socket(): string {
    return join(String(this.connection.host), `.s.PGSQL.${this.connection.port}`);
  }

  /** Ends it in an orderly way. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** Kills all its processes at once, as a power cut does. */
  async kill(): Promise<void> {
    const postmaster = this.#pid;
    const children = childrenOf(postmaster);
    process.kill(postmaster, 'SIGKILL');
    for (const pid of children) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was faster.
      }
    }
    await this.#server.stop();
  }

  /** As `pg_ctl stop -m immediate` does. */
  async stopAtOnce(): Promise<void> {
    process.kill(this.#pid, 'SIGQUIT');
    await this.#server.died;
  }

  async start(): Promise<void> {
    const endMs = performance.now() + START_MS;
    for (;;) {
      try {
        this.#server = await startEmbeddedPostgres(this.#folder);
        return;
      } catch (error) {
        if (performance.now() > endMs) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  async close(): Promise<void> {
    await this.#server.stop();
    await this.#server.remove();
  }

  get #pid(): number {
    const file = join(this.#folder, 'postgres', 'data', 'postmaster.pid');
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  }
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

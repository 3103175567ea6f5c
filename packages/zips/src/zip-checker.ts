import { fileURLToPath } from 'node:url';
import { AppError, type ZipLimits } from '@inference/domain';
import { type CheckEnd, CheckProcess } from './check-process.ts';
import type { ZipVerdict } from './check-zip.ts';

/** How many checks may wait for a free process; beyond it callers are told to come back. */
export const WAITING_CHECKS_MAX = 256;
/** Resident memory of one check process, in bytes. */
export const CHECK_MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** A process is replaced after so many checks, so that whatever it may leak does not add up. */
export const CHECKS_PER_PROCESS = 1000;
/** A check may wait for the disk so many times longer than it may compute. */
export const WALL_PER_CPU = 10;
/** A zip whose check brings the process down is tried once more, in case something else did. */
const TRIES_MAX = 2;

const PROGRAM = fileURLToPath(new URL('./check-main.ts', import.meta.url));

export type ZipCheckerOptions = {
  /** How many zips are checked at the same time, each in a process of its own. */
  readonly processes: number;
  readonly limits: ZipLimits;
  readonly waitingMax?: number;
  readonly memoryBytesMax?: number;
  readonly checksPerProcess?: number;
  readonly wallPerCpu?: number;
  /** Another program for the processes; tests hand in ones that crash or hang. */
  readonly program?: string;
};

/** Checks zips of strangers in processes of their own. */
export interface ZipChecker {
  /**
   * Checks the zip at `path`. A refused zip is a verdict, not an error.
   * Rejects with AppError `unavailable` when too many checks wait, when the checker is closed or when the check got stuck,
   * and with an Error when the file cannot be read.
   */
  check(path: string, limitsOverride?: Partial<ZipLimits>): Promise<ZipVerdict>;
  /** How many checks wait for a free process, and how many may. */
  load(): { readonly waiting: number; readonly waitingMax: number };
  /** Ends all processes; checks under way are rejected. */
  close(): Promise<void>;
}

/** Starts a pool of check processes. They live until `close`, or until this process ends in whatever way. */
export function createZipChecker(options: ZipCheckerOptions): ZipChecker {
  return new ProcessPool(options);
}

type Waiting = { readonly resolve: (process: CheckProcess) => void; readonly reject: (error: Error) => void };

class ProcessPool implements ZipChecker {
  readonly #options: ZipCheckerOptions;
  readonly #waitingMax: number;
  readonly #all = new Set<CheckProcess>();
  readonly #idle: CheckProcess[] = [];
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(options: ZipCheckerOptions) {
    this.#options = options;
    this.#waitingMax = options.waitingMax ?? WAITING_CHECKS_MAX;
    for (let count = 0; count < options.processes; count++) this.#idle.push(this.#start());
  }

  async check(path: string, limitsOverride: Partial<ZipLimits> = {}): Promise<ZipVerdict> {
    const limits = { ...this.#options.limits, ...limitsOverride };
    for (let tries = 1; ; tries++) {
      const end = await this.#checkOnce(path, limits);
      if (end.kind === 'verdict') return end.verdict;
      if (end.kind === 'failed') throw new Error(`the zip could not be read: ${end.message}`);
      if (end.kind === 'too_costly') return { ok: false, code: 'zip_too_costly', message: end.message };
      if (this.#isClosed || end.kind === 'stuck') throw unavailable();
      if (tries < TRIES_MAX) continue;
      if (end.kind === 'not_started') throw unavailable();
      return { ok: false, code: 'zip_too_costly', message: 'The zip could not be checked: the check broke down on it twice.' };
    }
  }

  load(): { waiting: number; waitingMax: number } {
    return { waiting: this.#waiting.length, waitingMax: this.#waitingMax };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(unavailable());
    await Promise.all([...this.#all].map((process) => process.stop()));
  }

  async #checkOnce(path: string, limits: ZipLimits): Promise<CheckEnd> {
    const process = await this.#take();
    const end = await process.check(path, limits);
    this.#giveBack(process);
    return end;
  }

  #take(): Promise<CheckProcess> | CheckProcess {
    if (this.#isClosed) throw unavailable();
    const process = this.#idle.pop();
    if (process !== undefined) return this.#fresh(process);
    if (this.#waiting.length >= this.#waitingMax) throw unavailable();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #giveBack(process: CheckProcess): void {
    if (this.#isClosed) return;
    const next = this.#fresh(process);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#idle.push(next);
    else waiting.resolve(next);
  }

  /** The process itself, or a new one in its place when it is dead or has done its share. */
  #fresh(process: CheckProcess): CheckProcess {
    if (process.isAlive && process.checks < (this.#options.checksPerProcess ?? CHECKS_PER_PROCESS)) return process;
    this.#all.delete(process);
    // Its end needs no waiting: SIGKILL cannot be refused.
    void process.stop();
    return this.#start();
  }

  #start(): CheckProcess {
    const process = new CheckProcess(this.#options.program ?? PROGRAM, {
      memoryBytesMax: this.#options.memoryBytesMax ?? CHECK_MEMORY_BYTES_MAX,
      wallPerCpu: this.#options.wallPerCpu ?? WALL_PER_CPU,
    });
    this.#all.add(process);
    return process;
  }
}

function unavailable(): AppError {
  return new AppError('unavailable', 'The server cannot check the zip now: try again in a few seconds.');
}

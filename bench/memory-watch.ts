import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** How often the processes are looked at, in milliseconds: each carries its own peak, so only one that has ended could be missed. */
const LOOK_MS = 100;
const KIB = 1024;

/** Who a process of the server's tree is: the server, a child that checks zips, its database, or a model (its sandbox included). */
export type ProcessRole = 'server' | 'zip check' | 'database' | 'model';

/** The largest peak of resident memory that a process of each role has had, in bytes. */
export type MemoryPeaks = Readonly<Partial<Record<ProcessRole, number>>>;

/** Watches the resident memory of a process and all that descend from it, until it is disposed of. Linux only. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #peaks = new Map<ProcessRole, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#pid = pid;
    // A process that has just ended cannot be read, and its siblings are looked at again soon.
    this.#timer = setInterval(() => void this.#look(pid).catch(() => {}), LOOK_MS);
  }

  /** The peaks until now. */
  async peaks(): Promise<MemoryPeaks> {
    await this.#look(this.#pid);
    return Object.fromEntries(this.#peaks);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #look(pid: number): Promise<void> {
    const [status, command, children] = await Promise.all(
      [`/proc/${pid}/status`, `/proc/${pid}/cmdline`, `/proc/${pid}/task/${pid}/children`].map((path) => readFile(path, 'utf8')),
    );
    const peakKib = Number(/^VmHWM:\s+(\d+) kB/m.exec(status ?? '')?.[1] ?? 0);
    const role = pid === this.#pid ? 'server' : roleOf(command ?? '');
    this.#peaks.set(role, Math.max(this.#peaks.get(role) ?? 0, peakKib * KIB));
    const pids = (children ?? '').split(' ').filter((each) => each !== '');
    await Promise.all(pids.map((child) => this.#look(Number(child)).catch(() => {})));
  }
}

function roleOf(command: string): ProcessRole {
  const [program = '', ...args] = command.split('\0');
  if (args.some((argument) => basename(argument) === 'check-main.ts')) return 'zip check';
  return basename(program).startsWith('postgres') ? 'database' : 'model';
}

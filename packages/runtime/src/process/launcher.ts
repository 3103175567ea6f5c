import { type ChildProcess, fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import type { OutputRelay } from '../output-relay.ts';
import type { FromLauncher, ToLauncher } from './launcher-messages.ts';
import type { ProcessEnd } from './run-process.ts';
import type { SandboxPlan } from './sandbox-plan.ts';

const PROGRAM = join(import.meta.dirname, 'launcher-main.ts');
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64'];

type Order = {
  readonly plan: SandboxPlan;
  readonly stopGraceMs: number;
  /** Hears the pid of the child process. */
  readonly onStarted?: (pid: number) => void;
};
type Run = Pick<Order, 'onStarted'> & { readonly relay: OutputRelay; readonly end: (end: ProcessEnd) => void };

/**
 * A small process that starts the sandboxes. To start one from a consumer is dear: `fork` copies the page tables of the whole process,
 * and each of its pages faults once when it is next written. Measured with 90 MiB in use that are all written between two starts: the
 * event loop stands still for 12 ms, and a start costs 34 ms of processor time; in a process of nothing but Node 2 and 1.4
 * (docs/decisions/0010).
 *
 * It is started by the first use, ends with this process, and is started anew when it was killed.
 */
export class Launcher {
  #child: ChildProcess | null = null;
  #lastId = 0;
  readonly #runs = new Map<number, Run>();

  /** Starts the process, if it does not run. */
  ready(): void {
    this.#running();
  }

  /** Runs a planned child process to its end, as `runProcess` does, from the launcher. */
  async run({ plan, stopGraceMs, onStarted }: Order, relay: OutputRelay, signal: AbortSignal): Promise<ProcessEnd> {
    if (signal.aborted) return { kind: 'stopped' };
    const child = this.#running();
    this.#lastId += 1;
    const id = this.#lastId;
    const stop = () => tell(child, { kind: 'stop', id });
    const ended = new Promise<ProcessEnd>((resolve) =>
      this.#runs.set(id, { relay, end: resolve, ...(onStarted === undefined ? {} : { onStarted }) }),
    );
    hold(child);
    tell(child, { kind: 'run', id, plan, stopGraceMs });
    signal.addEventListener('abort', stop, { once: true });
    const end = await ended;
    signal.removeEventListener('abort', stop);
    this.#runs.delete(id);
    if (this.#runs.size === 0) letGo(child);
    relay.end();
    return end;
  }

  #running(): ChildProcess {
    this.#child ??= this.#start();
    return this.#child;
  }

  #start(): ChildProcess {
    const cache = getCompileCacheDir();
    const child = fork(PROGRAM, [], {
      // Nothing else of this process's environment, which may hold credentials.
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
      execArgv: FLAGS,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // A group of its own: a Ctrl-C in the terminal is this process's to handle.
      detached: true,
    });
    child.on('message', (message: FromLauncher) => this.#hear(child, message));
    child.once('exit', () => this.#lost(child));
    // A failed fork has no exit; a broken channel is followed by one.
    child.on('error', () => {
      if (child.pid === undefined) this.#lost(child);
    });
    letGo(child);
    return child;
  }

  #hear(child: ChildProcess, message: FromLauncher): void {
    const run = this.#runs.get(message.id);
    if (message.kind === 'output') {
      run?.relay.write(message.stream, message.bytes);
      tell(child, { kind: 'taken', id: message.id, stream: message.stream });
    }
    if (message.kind === 'started') run?.onStarted?.(message.pid);
    if (message.kind === 'closing') run?.relay.closing();
    if (message.kind === 'end') run?.end(message.end);
  }

  /** What it ran has died with it. */
  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    for (const { end } of this.#runs.values())
      end({ kind: 'fault', reason: 'The process that starts models has ended, and the model with it.' });
  }
}

function tell(child: ChildProcess, message: ToLauncher): void {
  // What cannot be sent means a child that is dead or was never made (too many open files): its exit or its error answers.
  if (child.connected) child.send(message, () => {});
}

/** An idle launcher does not keep this process from ending. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

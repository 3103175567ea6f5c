import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@inference/domain';
import { inheritedDescriptors } from './inherited-descriptors.ts';
import { hasEnded, processTree } from './process-tree.ts';
import type { SandboxPlan } from './sandbox-plan.ts';

/** After KILL everything is gone within this, in milliseconds, or the machine has a fault (a process stuck in the kernel). */
export const KILL_LIMIT_MS = 10_000;
/** How often a last process is looked at after its watcher has ended, in milliseconds. */
const LOOK_MS = 2;
/** What a sandbox tells about itself is a few lines; no more is kept, in characters. */
const STATUS_CHARS_MAX = 4096;

/** How a child process ended. `fault`: the machine's, in words for people. */
export type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'fault'; readonly reason: string };

/** What becomes of the output of a child process. */
export type FollowedOutput = {
  /** Reads both streams to their ends; null where the process was not started. */
  followBoth(stdout: Readable | null, stderr: Readable | null): void;
  lastStderrLines(): string[];
};

type RunProcessOptions = {
  readonly output: FollowedOutput;
  readonly signal: AbortSignal;
  readonly stopGraceMs: number;
  readonly clock: Clock;
  /** Hears the pid of the child process, above all processes of the model. */
  readonly onStarted?: (pid: number) => void;
};

/** Runs a planned child process to its end. When it resolves with `exited` or `stopped`, nothing of the process tree lives. */
export async function runProcess(plan: SandboxPlan, options: RunProcessOptions): Promise<ProcessEnd> {
  const { output, signal, clock } = options;
  if (signal.aborted) return { kind: 'stopped' };
  const child = start(plan);
  if (child.pid !== undefined) options.onStarted?.(child.pid);
  const status = keepStatus(child);
  output.followBoth(child.stdout, child.stderr);
  const ended = whenEnded(child, plan, clock);
  const stop = new Stop(child, plan, options);
  signal.addEventListener('abort', stop.begin, { once: true });
  const end = await Promise.race([ended, stop.failed]);
  signal.removeEventListener('abort', stop.begin);
  stop.finish();
  if (end.kind === 'fault') {
    for (const stream of child.stdio) stream?.destroy();
    return end;
  }
  if (!(await lastProcessGone(status(), clock))) return { kind: 'fault', reason: 'A process of the model could not be ended.' };
  if (stop.begun) return { kind: 'stopped' };
  if (plan.stands !== null && !plan.stands.test(status())) {
    return { kind: 'fault', reason: `The sandbox could not be made: ${output.lastStderrLines().at(-1) ?? 'no message'}.` };
  }
  return end;
}

function start(plan: SandboxPlan): ChildProcess {
  const second = plan.secondInput === null ? ('ignore' as const) : ('pipe' as const);
  const nothing = openSync('/dev/null', 'r+');
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe', 'pipe', second];
  for (const fd of inheritedDescriptors()) if (stdio[fd] === undefined || stdio[fd] === 'ignore') stdio[fd] = nothing;
  const child = spawn(plan.file, plan.args, {
    cwd: plan.cwd,
    env: { ...plan.environment },
    stdio: Array.from(stdio, (each) => each ?? 'ignore'),
    // A group of its own: a Ctrl-C in the consumer's terminal is the consumer's to handle.
    detached: true,
  });
  closeSync(nothing);
  const input = child.stdio[4] as Writable | null;
  // EPIPE: the child ended before it read; its exit tells.
  input?.on('error', () => {});
  input?.end(plan.secondInput);
  return child;
}

function keepStatus(child: ChildProcess): () => string {
  let text = '';
  const source = child.stdio[3] as Readable | null;
  source?.on('error', () => {});
  source?.on('data', (bytes: Buffer) => {
    text = (text + bytes.toString('latin1')).slice(0, STATUS_CHARS_MAX);
  });
  return () => text;
}

/** Resolves once the child has ended and its output is read to the end. */
function whenEnded(child: ChildProcess, plan: SandboxPlan, clock: Clock): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'fault', reason: `${plan.file} could not be started: ${error.message}.` }));
    let cancel = () => {};
    child.once('exit', () => {
      if (plan.levelsAbove === 0) killGroup(child);
      // Somebody outside the tree may hold the pipes open: what was read by then is all there is.
      cancel = clock.after(KILL_LIMIT_MS, () => {
        for (const stream of child.stdio) stream?.destroy();
      });
    });
    child.once('close', (code, signal) => {
      cancel();
      resolve({ kind: 'exited', exitCode: code ?? (signal === 'SIGKILL' ? 137 : signal === 'SIGTERM' ? 143 : 128) });
    });
  });
}

/** bubblewrap's watcher ends before the first process of its namespace does; that one's end is the end of all others. */
async function lastProcessGone(status: string, clock: Clock): Promise<boolean> {
  const pid = Number(/"child-pid": (\d+)/.exec(status)?.[1] ?? Number.NaN);
  if (Number.isNaN(pid)) return true;
  const limitMs = clock.monotonicMs() + KILL_LIMIT_MS;
  while (!hasEnded(pid)) {
    if (clock.monotonicMs() > limitMs) return false;
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
  }
  return true;
}

/** TERM to every process of the model, a grace period, KILL. */
class Stop {
  begun = false;
  /** Resolves when even KILL did not end it. */
  readonly failed: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #plan: SandboxPlan;
  readonly #options: RunProcessOptions;
  #fail: (end: ProcessEnd) => void = () => {};
  #cancel = () => {};
  #finished = false;

  constructor(child: ChildProcess, plan: SandboxPlan, options: RunProcessOptions) {
    this.#child = child;
    this.#plan = plan;
    this.#options = options;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  readonly begin = (): void => {
    this.begun = true;
    this.#terminate().catch((error: Error) => this.#fail({ kind: 'fault', reason: `The model could not be stopped: ${error.message}.` }));
  };

  finish(): void {
    this.#finished = true;
    this.#cancel();
  }

  async #terminate(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const levels = await processTree(pid);
    const model = this.#plan.levelsAbove === 0 ? [pid, ...levels.flat()] : levels.slice(this.#plan.levelsAbove - 1).flat();
    if (this.#finished) return;
    for (const each of model) send(each, 'SIGTERM');
    const kill = () => {
      this.#kill(pid).catch((error: Error) => this.#fail({ kind: 'fault', reason: `The model could not be killed: ${error.message}.` }));
    };
    // No process of the model yet: the sandbox is still being made, and nobody would hear a TERM.
    if (model.length === 0) kill();
    else this.#cancel = this.#options.clock.after(this.#options.stopGraceMs, kill);
  }

  async #kill(pid: number): Promise<void> {
    const levels = await processTree(pid);
    if (this.#finished) return;
    // The first process of a pid namespace takes all others with it; its watcher then ends by itself.
    const first = this.#plan.levelsAbove === 2 ? (levels[0] ?? []) : levels.flat();
    for (const each of first) send(each, 'SIGKILL');
    if (this.#plan.levelsAbove === 0 || first.length === 0) killGroup(this.#child);
    this.#cancel = this.#options.clock.after(KILL_LIMIT_MS, () =>
      this.#fail({ kind: 'fault', reason: 'A process of the model could not be killed.' }),
    );
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined) send(-child.pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

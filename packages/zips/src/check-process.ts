import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import type { ZipLimits } from '@inference/domain';
import type { CheckReply, CheckRequest } from './check-message.ts';
import type { ZipVerdict } from './check-zip.ts';
import { processUsage } from './process-usage.ts';

/** How often memory and processor time of a busy process are looked at, in milliseconds. */
const WATCH_EVERY_MS = 50;
const MIB = 1024 * 1024;
// Small generations: without them the engine lets garbage grow past the memory a check may take, before it collects any.
const FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=160'];

/** Limits of one check process. */
export type CheckProcessLimits = {
  /** Resident memory, in bytes. */
  readonly memoryBytesMax: number;
  /** A check that takes so many times its processor time on the clock is stuck. */
  readonly wallPerCpu: number;
};

/** How one check in one process ended. */
export type CheckEnd =
  | { readonly kind: 'verdict'; readonly verdict: ZipVerdict }
  /** The file could not be read. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The process died without a verdict. */
  | { readonly kind: 'crashed' }
  /** The process never came up. */
  | { readonly kind: 'not_started' }
  /** The process was ended: the check took more processor time or memory than it may. `message` is a sentence for users. */
  | { readonly kind: 'too_costly'; readonly message: string }
  /** The process was ended: it did not get on, through no fault of the zip. */
  | { readonly kind: 'stuck' };

/** One long-lived process that checks one zip at a time. */
export class CheckProcess {
  /** How many checks it has been given. */
  checks = 0;
  readonly #child: ChildProcess;
  readonly #limits: CheckProcessLimits;
  #isReady = false;
  #onReply: (reply: CheckReply) => void = () => {};
  #onEnd: (end: CheckEnd) => void = () => {};

  constructor(program: string, limits: CheckProcessLimits) {
    this.#limits = limits;
    // Nothing else of the parent's environment, which may hold credentials, and none of its flags (debugger, test runner).
    const cache = getCompileCacheDir();
    const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) };
    this.#child = fork(program, [], { env, execArgv: FLAGS, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    this.#child.on('message', (reply: CheckReply) => {
      if (reply.kind === 'ready') this.#isReady = true;
      else this.#onReply(reply);
    });
    this.#child.on('exit', () => this.#onEnd({ kind: this.#isReady ? 'crashed' : 'not_started' }));
    // A failed fork has no exit; a broken channel is followed by one.
    this.#child.on('error', () => {
      if (this.#child.pid === undefined) this.#onEnd({ kind: 'not_started' });
    });
  }

  get isAlive(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null && this.#child.connected;
  }

  /** Checks one zip. Never rejects; after any end but a verdict or `failed` the process is gone. */
  async check(path: string, limits: ZipLimits): Promise<CheckEnd> {
    this.checks++;
    let stopWatch = () => {};
    const end = await new Promise<CheckEnd>((resolve) => {
      const watch = this.#watch(limits, resolve);
      stopWatch = watch.stop;
      this.#onEnd = resolve;
      this.#onReply = (reply) => (reply.kind === 'directory' ? watch.allow(reply.contentBytes) : resolve(reply as CheckEnd));
      const request: CheckRequest = { path, limits };
      // A request that cannot be sent means a dead child: its exit answers.
      this.#child.send(request, () => {});
    });
    stopWatch();
    this.#onEnd = () => {};
    this.#onReply = () => {};
    if (end.kind === 'too_costly' || end.kind === 'stuck') await this.stop();
    return end;
  }

  /** Ends the process at once, whatever it does; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Looks from outside at what the process uses: inside, a busy or swollen process would not get to it. */
  #watch(limits: ZipLimits, resolve: (end: CheckEnd) => void): { allow(contentBytes: number): void; stop(): void } {
    const pid = this.#child.pid ?? 0;
    let cpuBeforeMs: number | null = null;
    const startedMs = performance.now();
    let cpuMsMax = limits.cpuBaseMs;
    const look = () => {
      if (performance.now() - startedMs > cpuMsMax * this.#limits.wallPerCpu) resolve({ kind: 'stuck' });
      const usage = processUsage(pid);
      if (usage === null) return;
      // Most checks are over before the first look, which counts from itself.
      cpuBeforeMs ??= usage.cpuMs;
      if (usage.memoryBytes > this.#limits.memoryBytesMax) {
        const limit = Math.round(this.#limits.memoryBytesMax / MIB);
        resolve({ kind: 'too_costly', message: `Checking the zip took more than the ${limit} MiB of memory that are allowed.` });
      }
      if (usage.cpuMs - cpuBeforeMs > cpuMsMax) {
        const limit = Math.round(cpuMsMax / 1000);
        resolve({ kind: 'too_costly', message: `Checking the zip took more than the ${limit} s of processor time that are allowed.` });
      }
    };
    const timer = setInterval(look, WATCH_EVERY_MS);
    return {
      allow: (contentBytes) => {
        cpuMsMax = limits.cpuBaseMs + (contentBytes / limits.cpuBytesPerSecond) * 1000;
      },
      stop: () => clearInterval(timer),
    };
  }
}

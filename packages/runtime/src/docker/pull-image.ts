import type { Clock, Failure } from '@inference/domain';
import { withTag } from '@inference/domain';
import type { RunObserver } from '../model-runtime.ts';
import { type Daemon, DaemonFault } from './daemon.ts';
import type { ImagePolicy } from './image-policy.ts';
import { pullFailure } from './pull-failure.ts';
import { type PullLine, PullProgress } from './pull-progress.ts';
import { type RegistryLogin, registryLogin } from './registry-login.ts';

/** A pull that shows no progress for this long is given up, in milliseconds. */
export const PULL_STALL_MS = 120_000;
/** Progress is told at most this often, in milliseconds. */
const TELL_EVERY_MS = 1000;
/** One line of the engine's answer is short; a longer one means that it is not the engine who answers. */
const LINE_CHARS_MAX = 1_000_000;

export type PullOptions = {
  readonly daemon: Daemon;
  readonly clock: Clock;
  readonly stallMs: number;
  readonly images: Pick<ImagePolicy, 'authFile'>;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
};

/**
 * Pulls an image. Answers null, or why it could not be had. Aborting the signal ends the pull with a rejection.
 * How long it takes is not limited, how long it may stand still is.
 */
export async function pullImage(image: string, options: PullOptions): Promise<Failure | null> {
  const { daemon, clock, stallMs, images, observer, signal } = options;
  signal.throwIfAborted();
  const login = images.authFile === null ? null : await loginFor(image, images.authFile);
  if (login !== null && 'failure' in login) return login.failure;
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort, { once: true });
  const stall = new Stall(clock, stallMs, abort);
  try {
    const error = await daemon.unlimited('pull an image', async (docker) => {
      const auth = login === null ? {} : { authconfig: login };
      const stream = await docker.pull(withTag(image), { ...auth, abortSignal: stop.signal });
      return await readPull(stream, { clock, observer, onProgress: () => stall.restart() });
    });
    return error === null ? null : pullFailure(image, error);
  } catch (error) {
    signal.throwIfAborted();
    if (stall.happened) return stalled(image, stallMs);
    if (error instanceof DaemonFault) return error.status === null ? unreachable(error) : pullFailure(image, error.said);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    stall.end();
  }
}

/** The login for an image, or why none can be found out: then the registry is not asked. */
async function loginFor(image: string, authFile: string): Promise<RegistryLogin | { failure: Failure } | null> {
  try {
    return await registryLogin(authFile, image);
  } catch (error) {
    return { failure: { class: 'infrastructure', reason: `The image "${image}" could not be pulled: ${(error as Error).message}` } };
  }
}

function stalled(image: string, stallMs: number): Failure {
  return {
    class: 'infrastructure',
    reason: `The image "${image}" could not be pulled: the registry sent nothing for ${stallMs / 1000} s.`,
  };
}

function unreachable(fault: DaemonFault): Failure {
  return { class: 'infrastructure', reason: fault.message };
}

/** Reads the engine's answer, a JSON document a line, to its end; answers the error in it, if any. */
async function readPull(
  stream: NodeJS.ReadableStream,
  { clock, observer, onProgress }: { clock: Clock; observer: RunObserver; onProgress: () => void },
): Promise<string | null> {
  const progress = new PullProgress();
  const decoder = new TextDecoder();
  let open = '';
  let toldMs = Number.NEGATIVE_INFINITY;
  for await (const bytes of stream) {
    const lines = (open + decoder.decode(bytes as Buffer, { stream: true })).split('\n');
    open = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const json = JSON.parse(line) as PullLine;
      if (json.error !== undefined) return json.error;
      if (progress.take(json)) onProgress();
    }
    if (clock.monotonicMs() - toldMs < TELL_EVERY_MS) continue;
    toldMs = clock.monotonicMs();
    observer.onProgress(progress.text());
  }
  return null;
}

/** Calls `onStall` when `restart` was not called for a while. */
class Stall {
  happened = false;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #onStall: () => void;
  #cancel = () => {};

  constructor(clock: Clock, stallMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#onStall = onStall;
    this.restart();
  }

  restart(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.#stallMs, () => {
      this.happened = true;
      this.#onStall();
    });
  }

  end(): void {
    this.#cancel();
  }
}

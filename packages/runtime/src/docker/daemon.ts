import type { Clock } from '@inference/domain';
import Docker from 'dockerode';

/** The engine answers within this, in milliseconds, or it hangs. Starting a container on a busy disk is the slowest. */
export const DAEMON_LIMITS_MS = { look: 10_000, change: 60_000, start: 120_000, remove: 60_000 } as const;

/** The engine did not answer, or not as it should. `message` is a sentence for people. */
export class DaemonFault extends Error {
  override readonly name = 'DaemonFault';
  /** The HTTP status of the engine's answer, or null where there was none. */
  readonly status: number | null;
  /** What the engine said, or the system's error code. */
  readonly said: string;

  constructor(what: string, options: { status: number | null; said: string; cause?: unknown }) {
    super(what, { cause: options.cause });
    this.status = options.status;
    this.said = options.said;
  }
}

/** The engine's API, each call with a time limit and its errors in one shape. */
export class Daemon {
  readonly #docker: Docker;
  readonly #clock: Clock;

  constructor(options: Docker.DockerOptions, clock: Clock) {
    this.#docker = new Docker(options);
    this.#clock = clock;
  }

  /**
   * Calls the engine. `what` completes "Docker did not ... within 10 s".
   * Rejects with `DaemonFault`; after `limitMs` the request is abandoned.
   */
  async call<T>(what: string, limitMs: number, work: (docker: Docker, signal: AbortSignal) => Promise<T>): Promise<T> {
    const tooLong = new AbortController();
    const late = Promise.withResolvers<never>();
    const cancel = this.#clock.after(limitMs, () => {
      const message = `Docker did not ${what} within ${limitMs / 1000} s.`;
      late.reject(new DaemonFault(message, { status: null, said: 'time limit' }));
      tooLong.abort();
    });
    try {
      return await Promise.race([work(this.#docker, tooLong.signal), late.promise]);
    } catch (error) {
      throw error instanceof DaemonFault ? error : toFault(what, error);
    } finally {
      cancel();
    }
  }

  /** Calls the engine for something that ends when it ends: the caller ends it. Rejects with `DaemonFault`. */
  async unlimited<T>(what: string, work: (docker: Docker) => Promise<T>): Promise<T> {
    try {
      return await work(this.#docker);
    } catch (error) {
      throw toFault(what, error);
    }
  }
}

/** What dockerode puts in front of the engine's words. */
const PREFIX = /^\(HTTP code \d+\) .*? - /;

/** An error of dockerode in our shape. */
function toFault(what: string, error: unknown): DaemonFault {
  const { statusCode, code, json, message } = error as {
    statusCode?: number;
    code?: string;
    json?: { message?: string };
    message?: string;
  };
  const said = (json?.message ?? code ?? (message ?? String(error)).replace(PREFIX, '')).trim();
  const text = statusCode === undefined ? `Docker is not reachable: ${reach(code, said)}` : `Docker could not ${what}: ${said}`;
  return new DaemonFault(text.replace(/\.?$/, '.'), { status: statusCode ?? null, said, cause: error });
}

function reach(code: string | undefined, said: string): string {
  if (code === 'ENOENT') return 'its socket does not exist; install Docker, or start it';
  if (code === 'ECONNREFUSED') return 'it is not running; start it';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not use its socket; add the user to the group "docker"';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it ended the connection';
  return said;
}

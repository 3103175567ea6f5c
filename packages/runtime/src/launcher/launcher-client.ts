import { type IncomingMessage, request } from 'node:http';
import type { Clock } from '@inference/domain';
import type { RuntimeHealth } from '../model-runtime.ts';
import { LauncherFault } from './launcher-fault.ts';
import { type Caller, type LauncherLine, type LauncherRoute, PROTOCOL, PROTOCOL_HEADER, type Refusal } from './launcher-protocol.ts';

/** A line of an answer is at most so long, in characters: the engine hands on 64 KiB of output at a time, six times as much in JSON. */
const LINE_CHARS_MAX = 1024 * 1024;

/** While an answer comes line by line, the launcher is asked this often whether it still answers, in milliseconds: it may hang. */
export const ALIVE_EVERY_MS = 30_000;
/** It says how it is within this, in milliseconds: it gives its engine 5 seconds. */
const HEALTH_LIMIT_MS = 6_000;

/** A status from this one on says that the launcher, or its engine, had a fault: it may be able to later. */
const FAULT_STATUS_MIN = 500;

export type LauncherClientOptions = Caller & { readonly socketPath: string; readonly clock: Clock };

/** Asks a launcher on its socket. Each question has a connection of its own: that costs a tenth of a millisecond, and none is stale. */
export class LauncherClient {
  readonly #options: LauncherClientOptions;

  constructor(options: LauncherClientOptions) {
    this.#options = options;
  }

  /** Asks for one answer. Rejects with `LauncherFault`. */
  async ask<T>(route: LauncherRoute, message: object, limitMs: number): Promise<T> {
    const late = new AbortController();
    const cancel = this.#options.clock.after(limitMs, () => late.abort());
    let text = '';
    try {
      for await (const piece of await this.#answer(route, message, late.signal)) text += piece;
      return JSON.parse(text) as T;
    } catch (error) {
      if (late.signal.aborted)
        throw new LauncherFault('broken', `The launcher did not answer within ${limitMs / 1000} s.`, { cause: error });
      throw toFault(error);
    } finally {
      cancel();
    }
  }

  /** How the launcher is, and its engine. Rejects with `LauncherFault`. */
  health(): Promise<RuntimeHealth> {
    return this.ask('check', {}, HEALTH_LIMIT_MS);
  }

  /**
   * Asks for an answer that comes line by line, and hands each on. Resolves when it is whole; rejects with `LauncherFault`, also when the
   * launcher hangs meanwhile.
   */
  async listen(route: LauncherRoute, message: object, onLine: (line: LauncherLine) => void, signal?: AbortSignal): Promise<void> {
    const hung = new AbortController();
    const stopWatching = this.#watch(() => hung.abort());
    let open = '';
    try {
      const ended = signal === undefined ? hung.signal : AbortSignal.any([signal, hung.signal]);
      for await (const piece of await this.#answer(route, message, ended)) {
        const lines = (open + piece).split('\n');
        open = lines.pop() ?? '';
        if (open.length > LINE_CHARS_MAX) throw new LauncherFault('refused', 'The launcher answered with a line that is too long.');
        for (const line of lines) onLine(JSON.parse(line) as LauncherLine);
      }
    } catch (error) {
      throw hung.signal.aborted ? new LauncherFault('broken', 'The launcher does not answer any more.', { cause: error }) : toFault(error);
    } finally {
      stopWatching();
    }
  }

  /** Calls `onHung` when the launcher does not say how it is; the returned function ends that. */
  #watch(onHung: () => void): () => void {
    const { clock } = this.#options;
    let cancel = () => {};
    let isOver = false;
    const look = () => {
      cancel = clock.after(ALIVE_EVERY_MS, () => {
        this.health().then(
          () => isOver || look(),
          () => isOver || onHung(),
        );
      });
    };
    look();
    return () => {
      isOver = true;
      cancel();
    };
  }

  #answer(route: LauncherRoute, message: object, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const { socketPath, consumer, boot } = this.#options;
    const body = JSON.stringify({ consumer, boot, ...message });
    const headers = { [PROTOCOL_HEADER]: PROTOCOL, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { socketPath, path: `/${route}`, method: 'POST', agent: false, headers, ...(signal === undefined ? {} : { signal }) };
    return new Promise((resolve, reject) => {
      const asked = request(options, (answer) => {
        answer.setEncoding('utf8');
        if (answer.statusCode === 200) resolve(answer);
        else refusal(answer).then(reject, reject);
      });
      asked.once('error', reject);
      asked.end(body);
    });
  }
}

async function refusal(answer: IncomingMessage): Promise<LauncherFault> {
  let text = '';
  for await (const piece of answer) text = (text + piece).slice(0, LINE_CHARS_MAX);
  const { error } = JSON.parse(text) as Refusal;
  return new LauncherFault((answer.statusCode ?? 0) < FAULT_STATUS_MIN ? 'refused' : 'broken', error);
}

/** Why the launcher could not be asked, by the system's word for it. */
const AWAY: Readonly<Record<string, string>> = {
  ENOENT: 'its socket does not exist; start it, or set LAUNCHER_SOCKET to where it listens',
  ECONNREFUSED: 'it is not running; start it',
  EACCES: 'this user may not use its socket; run both as one user, or as one group',
  EAGAIN: 'it has too much to do',
};

function toFault(error: unknown): LauncherFault {
  if (error instanceof LauncherFault) return error;
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const why = AWAY[code];
  if (why !== undefined && syscall === 'connect')
    return new LauncherFault('away', `The launcher is not reachable: ${why}.`, { cause: error });
  return new LauncherFault('broken', 'The launcher ended the connection before it had answered.', { cause: error });
}

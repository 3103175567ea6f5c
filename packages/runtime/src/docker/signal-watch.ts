import type { Readable } from 'node:stream';
import type { Clock } from '@inference/domain';
import type Docker from 'dockerode';
import { type ContainerEvent, endingSignal, TOLD_EVENTS } from './container-event.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';
import { delay } from './delay.ts';

/** The engine tells of an end within this after it has answered the wait for it, in milliseconds; else what was heard by then counts. */
const DIE_LIMIT_MS = 2_000;
const MS_PER_SECOND = 1_000;

/**
 * Hears from the engine what signals a container is sent. It tells of each before it tells of the end. Not told of is what the kernel sends, as when
 * memory is used up, nor what is sent by processes, inside or outside of the container.
 */
export class SignalWatch implements Disposable {
  readonly #stream: Readable;
  /** Resolves once the engine has told of the end, or its connection has. */
  readonly #over: Promise<void>;
  #signal: string | null = null;
  #hasDied = false;

  private constructor(stream: Readable) {
    this.#stream = stream.setEncoding('utf8');
    this.#over = this.#listen();
  }

  /**
   * Begins to listen. Rejects with `DaemonFault`.
   *
   * @param since when the container was started, as the engine says it; left out: it is not started yet
   */
  static async open({ id }: Docker.Container, daemon: Daemon, since?: string): Promise<SignalWatch> {
    const filters = { container: [id], event: TOLD_EVENTS };
    const from = since === undefined ? {} : { since: Date.parse(since) / MS_PER_SECOND };
    const stream = await daemon.call('tell of a container', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
      docker.getEvents({ ...from, filters, abortSignal }),
    );
    return new SignalWatch(stream as Readable);
  }

  /**
   * Why the end of a container that we have not stopped says nothing of its model, in a sentence; null: it ended by itself, as far as the
   * engine tells. Call it once the container has ended.
   */
  async doubt(clock: Clock): Promise<string | null> {
    const limit = delay(DIE_LIMIT_MS, clock);
    const heard = await Promise.race([this.#over, limit.elapsed]);
    limit.cancel();
    if (this.#signal !== null) return `The model was sent the signal ${this.#signal}, and not by us: its output may not be whole.`;
    if (heard !== 'elapsed' && !this.#hasDied)
      return 'Docker ended while the model did: it may have ended the model, whose output may not be whole.';
    return null;
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  /** What comes after the first end is about another run of the container: it is not listened to. */
  async #listen(): Promise<void> {
    let open = '';
    try {
      for await (const piece of this.#stream) {
        const lines = (open + piece).split('\n');
        open = lines.pop() ?? '';
        for (const line of lines) this.#hear(JSON.parse(line) as ContainerEvent);
        if (this.#hasDied) return;
      }
    } catch {
      // The connection broke, or this is no engine that answers: what is not known then is for `doubt` to say.
    }
  }

  #hear(event: ContainerEvent): void {
    if (this.#hasDied) return;
    this.#signal ??= endingSignal(event);
    this.#hasDied = event.Action === 'die';
  }
}

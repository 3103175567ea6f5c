import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { AppError, type LiveBatch, LiveLog, type LogEnds, type LogStream, LogTail } from '@inference/domain';
import type { RunObserver } from '@inference/runtime';
import type { Deps } from './deps.ts';
import { faultFields } from './fault-fields.ts';
import { isApiFault } from './http-control-plane/is-api-fault.ts';

/** What is printed shortly after each other goes together, in milliseconds, ... */
const GATHER_MS = 5;
/** ... and from one batch to the next is so long at least, in milliseconds. */
const BATCH_MS = 100;
/** ... or so long, for what prints very much in very small pieces. */
const LONG_BATCH_MS = 1_000;
/** Of a line that is rewritten again and again, a state is told so often at most, in milliseconds. */
const OPEN_MS = 300;
/** A batch that nobody heard is told again after so long, in milliseconds. */
const RETRY_MS = 1_000;
/** What is left when the model has ended may take so long, in milliseconds: the report does not wait longer for it. */
const END_MS = 5_000;

/**
 * What a model prints and how far it is, told while it runs. It slows or fails no attempt: one batch is told at a time, what waits
 * meanwhile is bounded, and what cannot be told is left out. The tails for the report are kept beside.
 */
export class LiveOutput implements Omit<RunObserver, 'onClosing' | 'onHung'> {
  readonly #deps: Pick<Deps, 'control' | 'clock' | 'log'>;
  readonly #claimed: ClaimedAttempt;
  readonly #live: LiveLog;
  readonly #tails = { stdout: new LogTail(), stderr: new LogTail() };
  readonly #ended = Promise.withResolvers<void>();
  #untold: LiveBatch | null = null;
  #isOver = false;
  #isFailing = false;
  #isEnding = false;
  #isTelling = false;
  #nextMs = 0;
  #nextOpenMs = 0;
  #cancel: (() => void) | null = null;

  /** @param told where the log of an attempt ends whose model an earlier process has started, and which is written again from its beginning */
  constructor(deps: Pick<Deps, 'control' | 'clock' | 'log'>, claimed: ClaimedAttempt, told?: LogEnds) {
    this.#live = new LiveLog(told);
    this.#deps = deps;
    this.#claimed = claimed;
  }

  readonly onOutput = (stream: LogStream, text: string): void => {
    this.#tails[stream].write(this.#live.write(stream, text));
    this.#tellSoon();
  };

  readonly onProgress = (text: string): void => {
    this.#live.note({ fraction: null, text });
    this.#tellSoon();
  };

  /** The last lines of each stream so far. */
  tails(): LogTails {
    return { stdout: this.#tails.stdout.lines(), stderr: this.#tails.stderr.lines() };
  }

  /** The model has ended: what is left is told now. Resolves when it was, or could not be. May be called twice. */
  end(): Promise<void> {
    if (this.#isEnding || this.#isOver) return this.#ended.promise;
    this.#isEnding = true;
    for (const stream of ['stdout', 'stderr'] as const) this.#tails[stream].write(this.#live.end(stream));
    const giveUp = this.#deps.clock.after(END_MS, () => this.#close());
    void this.#ended.promise.then(giveUp);
    if (!this.#isTelling) void this.#tell();
    return this.#ended.promise;
  }

  #tellSoon(): void {
    if (this.#cancel !== null || this.#isTelling || this.#isOver || this.#isEnding) return;
    const { lasting, open } = this.#live.has;
    if (!lasting && !open && this.#untold === null) return;
    const nowMs = this.#deps.clock.monotonicMs();
    const dueMs = lasting || this.#untold !== null ? this.#nextMs : Math.max(this.#nextMs, this.#nextOpenMs);
    const delayMs = Math.max(GATHER_MS, dueMs - nowMs);
    this.#cancel = this.#deps.clock.after(delayMs, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#isTelling = true;
    do {
      const nowMs = this.#deps.clock.monotonicMs();
      this.#nextMs = nowMs + (this.#live.isLong ? LONG_BATCH_MS : BATCH_MS);
      this.#untold ??= this.#live.take({ withOpen: this.#isEnding || nowMs >= this.#nextOpenMs });
      if (this.#untold?.pieces.some(({ open }) => open)) this.#nextOpenMs = nowMs + OPEN_MS;
      if (this.#untold !== null) await this.#tellOnce(this.#untold);
    } while (this.#isEnding && !this.#isOver && this.#untold === null && this.#live.has.lasting);
    this.#isTelling = false;
    if (this.#isEnding) this.#close();
    else this.#tellSoon();
  }

  async #tellOnce(batch: LiveBatch): Promise<void> {
    const { taskUid, attempt } = this.#claimed;
    try {
      await this.#deps.control.tellLive(this.#claimed, batch);
      this.#untold = null;
      this.#isFailing = false;
    } catch (error) {
      const isFinal = error instanceof AppError && !isApiFault(error);
      if (isFinal) this.#close();
      if (!this.#isFailing && !(isFinal && error.code === 'stale')) {
        this.#deps.log.warn({ ...faultFields(error), taskUid, attempt }, 'live output could not be told; the model goes on');
      }
      this.#isFailing = true;
      this.#nextMs = this.#deps.clock.monotonicMs() + RETRY_MS;
    }
  }

  #close(): void {
    this.#isOver = true;
    this.#ended.resolve();
  }
}

import { write, writeSync } from 'node:fs';

const STDOUT = 1;
/** Lines are written together: at the latest so long after the first of them, in milliseconds. */
const GATHER_MS = 20;
/** Lines that wait for a reader who is slow or stuck, in bytes; more are dropped, as memory is not for them. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** At the exit a reader who is slow is tried so often. */
const LAST_TRIES_MAX = 100;

/** Those of this process: each is written to its end. */
const OPEN = new Set<GatheredOutput>();

function flushAll(): void {
  for (const output of OPEN) output.flushSync();
}

/**
 * Writes lines to the standard output beside the work: a slow reader holds nobody up, and one that is gone is nobody's fault. The writer that
 * comes with pino tries for ever at the exit of a process whose reader is gone (docs/decisions/0013).
 */
export class GatheredOutput {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isGone = false;
  #timer: NodeJS.Timeout | null = null;

  constructor() {
    // One listener for all of them: a process with many logs, as tests make, would be warned of a leak.
    if (OPEN.size === 0) process.once('exit', flushAll);
    OPEN.add(this);
  }

  write(line: string): void {
    if (this.#isGone || this.#waitingBytes > WAITING_BYTES_MAX) return;
    this.#keep([Buffer.from(line)]);
    this.#writeSoon();
  }

  /**
   * Writes what waits, at the exit or before: as much as the reader takes. What is being written at this moment is not written again, and may come
   * after it.
   */
  flushSync(): void {
    for (let tries = 0; this.#waiting.length > 0 && !this.#isGone && tries < LAST_TRIES_MAX; tries++) {
      const bytes = this.#take();
      try {
        this.#keepRest(bytes, writeSync(STDOUT, bytes));
      } catch (error) {
        this.#failed(bytes, error as NodeJS.ErrnoException);
      }
    }
  }

  #writeSoon(): void {
    if (this.#isWriting || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#write();
    }, GATHER_MS).unref();
  }

  #write(): void {
    if (this.#waiting.length === 0 || this.#isGone) return;
    const bytes = this.#take();
    this.#isWriting = true;
    write(STDOUT, bytes, (error, written) => {
      this.#isWriting = false;
      if (error === null) this.#keepRest(bytes, written);
      else this.#failed(bytes, error);
      if (this.#waiting.length > 0) this.#writeSoon();
    });
  }

  /** All that waits; it waits no longer. */
  #take(): Buffer {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return all;
  }

  #keep(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#waiting.push(piece);
      this.#waitingBytes += piece.length;
    }
  }

  /** Puts back what was not taken, before what came meanwhile. */
  #keepRest(bytes: Buffer, written: number): void {
    if (written === bytes.length) return;
    const after = this.#take();
    this.#keep([bytes.subarray(written), after]);
  }

  #failed(bytes: Buffer, error: NodeJS.ErrnoException): void {
    // A full pipe is written to again a little later; any other fault will stay.
    if (error.code === 'EAGAIN') this.#keepRest(bytes, 0);
    else this.#isGone = true;
  }
}

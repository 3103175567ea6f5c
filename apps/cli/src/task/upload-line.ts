import type { Input, Task } from '@inference/client';
import { plainText } from '../output/plain-text.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import type { Notes } from '../terminal/notes.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import { stageLine } from './stage.ts';

/** The line that changes is drawn so often, in milliseconds, also while nothing is sent: the server checks what it got. */
const TICK_MS = 250;

/** Tells how far an upload is: a bar on a terminal, elsewhere a line at its begin; then the task that it made. */
export class UploadLine implements Disposable {
  readonly #notes: Notes;
  readonly #bytes: number | null;
  readonly #startMs = performance.now();
  readonly #ticking: NodeJS.Timeout;
  #read = 0;

  constructor(notes: Notes, input: Pick<Input, 'bytes' | 'warnings'>) {
    this.#notes = notes;
    this.#bytes = input.bytes;
    for (const warning of input.warnings) notes.line(stageLine('note', warning));
    if (!notes.isLive) notes.line(stageLine('uploading', input.bytes === null ? 'what comes from stdin' : shownBytes(input.bytes)));
    this.#ticking = setInterval(() => this.#draw(), TICK_MS);
  }

  /** Hears how much of the input has been read; begins anew with each try. */
  readonly onProgress = (bytes: number): void => {
    this.#read = bytes;
    this.#draw();
  };

  /** Whether all has been read: what comes now is the server's work. */
  get isAllSent(): boolean {
    return this.#bytes !== null && this.#read >= this.#bytes;
  }

  /** The task is there: its id, and what the upload took. */
  done({ id }: Pick<Task, 'id'>): void {
    this[Symbol.dispose]();
    this.#notes.line(plainText(`task ${id}`));
    this.#notes.line(stageLine('uploaded', `${shownBytes(this.#read)} in ${shownSeconds(this.#tookMs / 1000)}`));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    this.#notes.clear();
  }

  #draw(): void {
    const text = this.isAllSent ? 'sent; the server checks it' : transferLine(this.#read, this.#bytes, this.#tookMs);
    this.#notes.live(stageLine('uploading', text));
  }

  get #tookMs(): number {
    return performance.now() - this.#startMs;
  }
}

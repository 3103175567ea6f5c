import type { WriteStream } from 'node:tty';
import { plainText } from '../output/plain-text.ts';
import { type Paint, paintFor } from './colours.ts';

/** A line that changes is drawn again after so long at the earliest, in milliseconds. */
const REDRAW_MS = 100;
const CLEAR = '\r\u001b[K';

/** Tells people what happens, on stderr: lines that stay, and on a terminal one line that changes below them. */
export class Notes {
  readonly paint: Paint;
  readonly #stream: WriteStream;
  readonly #isQuiet: boolean;
  /** Whether there is a line that changes. */
  readonly isLive: boolean;
  #live = '';
  #drawnMs = 0;

  constructor(stream: WriteStream, options: { isQuiet: boolean; isColoured: boolean; isDumb: boolean }) {
    this.#stream = stream;
    this.#isQuiet = options.isQuiet;
    this.isLive = stream.isTTY === true && !options.isQuiet && !options.isDumb;
    this.paint = paintFor(stream, options.isColoured);
  }

  /** A line that stays; left out where only errors are wanted. Words of strangers in it were made harmless by the caller. */
  line(text: string): void {
    if (!this.#isQuiet) this.always(text);
  }

  /** A line that stays, also for who wants errors only. */
  always(text: string): void {
    const live = this.#live;
    this.clear();
    this.#stream.write(`${text}\n`);
    if (live !== '') this.#draw(live);
  }

  /** The line that changes; nothing where stderr is no terminal. */
  live(text: string): void {
    if (!this.isLive || performance.now() - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = performance.now();
    this.#draw(text);
  }

  clear(): void {
    if (this.#live !== '') this.#stream.write(CLEAR);
    this.#live = '';
    this.#drawnMs = 0;
  }

  /** How many characters a line has; a terminal that nobody sized says 0. */
  get columns(): number {
    return this.#stream.columns > 0 ? this.#stream.columns : 80;
  }

  #draw(text: string): void {
    // A line that wraps could not be drawn over.
    const fitting = [...plainText(text)].slice(0, this.columns - 1).join('');
    this.#stream.write(CLEAR + fitting);
    this.#live = fitting;
  }
}

import { LIVE_LOG } from './limits.ts';
import { LiveLines, type Written } from './live-lines.ts';
import type { Progress } from './progress.ts';

/** The two output streams of a model. */
export type LogStream = 'stdout' | 'stderr';

/**
 * A piece of the log of one stream, at its place in bytes of UTF-8. An open one is a line that is not over: the next piece of the
 * stream has the same place and takes its place.
 */
export type LivePiece = { readonly stream: LogStream; readonly offset: number; readonly text: string; readonly open: boolean };

/** What is told at a time while a model runs. */
export type LiveBatch = { readonly pieces: readonly LivePiece[]; readonly progress: Progress | null };

const STREAMS = ['stdout', 'stderr'] as const;
const KIB = LIVE_LOG.streamBytesMax / 1024;
const KEPT = `${KIB} KiB are kept, in at most ${LIVE_LOG.streamPiecesMax} pieces`;
const CUT = `\n[The log is cut here: of each stream ${KEPT}, and its last lines with the attempt.]\n`;
/** A text is kept in chunks of so many characters, which are at most three times as many bytes. */
const CHUNK_CHARS_MAX = 16 * 1024;

/** Where the log of each stream ends, in bytes of UTF-8. */
export type LogEnds = Readonly<Record<LogStream, number>>;

const EMPTY: LogEnds = { stdout: 0, stderr: 0 };

type Side = {
  readonly lines: LiveLines;
  offset: number;
  pieces: number;
  toSkip: number;
  isCut: boolean;
  dropped: number;
  toldOpen: string;
};

/**
 * The log and the progress of an attempt on their way to the private API: gathers what a model prints and hands it out in batches. What
 * waits is bounded: the oldest goes first, and a sentence says how much. Places are given when a batch is made, so they have no holes.
 */
export class LiveLog {
  readonly #sides: Record<LogStream, Side>;
  #waiting: { stream: LogStream; text: string }[] = [];
  #waitingBytes = 0;
  #pieces = 0;
  #progress: Progress | null = null;

  /** @param told what an earlier process has told of the same output, which is written again from its beginning: that is not told twice */
  constructor(told = EMPTY) {
    this.#sides = { stdout: newSide(told.stdout, true), stderr: newSide(told.stderr, false) };
  }

  /** Takes what a stream printed; answers the text that is now part of the log. */
  write(stream: LogStream, text: string): string {
    return this.#take(stream, this.#sides[stream].lines.write(text));
  }

  /** Takes the last lines, which nothing ends; answers them as `write` does. */
  end(stream: LogStream): string {
    return this.#take(stream, this.#sides[stream].lines.end());
  }

  note(progress: Progress): void {
    this.#progress = progress;
  }

  /** Whether there is something to tell: something that stays, or a new state of an open line. */
  get has(): { lasting: boolean; open: boolean } {
    const open = STREAMS.some((stream) => openOf(this.#sides[stream]) !== this.#sides[stream].toldOpen);
    return { lasting: this.#waiting.length > 0 || this.#progress !== null, open };
  }

  /** Whether so many pieces were made that there are to be fewer from here on: whoever takes batches takes them less often. */
  get isLong(): boolean {
    return this.#pieces >= LIVE_LOG.finePiecesMax;
  }

  /** The next batch, or null where there is nothing to tell. It is not told again: whoever takes it repeats it until it was heard. */
  take({ withOpen }: { withOpen: boolean }): LiveBatch | null {
    const pieces: LivePiece[] = [];
    let bytes = 0;
    while (this.#waiting[0] !== undefined && pieces.length < LIVE_LOG.batchPiecesMax - STREAMS.length) {
      const { stream, text } = this.#waiting[0];
      const size = Buffer.byteLength(text);
      if (pieces.length > 0 && bytes + size > LIVE_LOG.batchBytesMax - 2 * LIVE_LOG.openLineCharsMax * 3) break;
      this.#waiting.shift();
      this.#waitingBytes -= size;
      bytes += size;
      pieces.push(...this.#place(stream, text));
    }
    if (withOpen && this.#waiting.length === 0) pieces.push(...STREAMS.flatMap((stream) => this.#openPiece(stream)));
    const progress = this.#progress;
    this.#progress = null;
    return pieces.length === 0 && progress === null ? null : { pieces, progress };
  }

  #take(stream: LogStream, { text, progress }: Written): string {
    if (progress !== null) this.#progress = progress;
    const fresh = this.#skip(stream, text);
    if (fresh !== '' && !this.#sides[stream].isCut) this.#keep(stream, fresh);
    return text;
  }

  /** What of a text was not told before. */
  #skip(stream: LogStream, text: string): string {
    const side = this.#sides[stream];
    if (side.toSkip === 0) return text;
    const known = firstBytes(text, side.toSkip);
    side.toSkip = known.length < text.length ? 0 : side.toSkip - Buffer.byteLength(known);
    return text.slice(known.length);
  }

  #keep(stream: LogStream, text: string): void {
    for (const chunk of chunks(text)) {
      // Of a long log, what both streams print at the same time is no longer told in the order in which it came.
      const last = this.isLong ? this.#waiting.findLast((piece) => piece.stream === stream) : this.#waiting.at(-1);
      if (last?.stream === stream && last.text.length + chunk.length <= CHUNK_CHARS_MAX) last.text += chunk;
      else {
        this.#waiting.push({ stream, text: chunk });
        this.#pieces += 1;
      }
      this.#waitingBytes += Buffer.byteLength(chunk);
    }
    while (this.#waitingBytes > LIVE_LOG.waitingBytesMax) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) return;
      const size = Buffer.byteLength(oldest.text);
      this.#waitingBytes -= size;
      this.#sides[oldest.stream].dropped += size;
    }
  }

  #place(stream: LogStream, text: string): LivePiece[] {
    const side = this.#sides[stream];
    if (side.isCut) return [];
    const told =
      side.dropped === 0 ? text : `[${side.dropped} bytes of the log are missing here: the server could not take them.]\n${text}`;
    side.dropped = 0;
    const roomBytes = LIVE_LOG.streamBytesMax - Buffer.byteLength(CUT) - side.offset;
    side.isCut = Buffer.byteLength(told) > roomBytes || side.pieces === LIVE_LOG.streamPiecesMax - 1;
    return this.#piece(stream, side.isCut ? firstBytes(told, roomBytes) + CUT : told);
  }

  #piece(stream: LogStream, text: string): LivePiece[] {
    const side = this.#sides[stream];
    const { offset } = side;
    side.pieces += 1;
    side.offset += Buffer.byteLength(text);
    side.toldOpen = '';
    return [{ stream, offset, text, open: false }];
  }

  #openPiece(stream: LogStream): LivePiece[] {
    const side = this.#sides[stream];
    const { offset } = side;
    const text = openOf(side);
    if (side.isCut || text === side.toldOpen || offset + Buffer.byteLength(text) > LIVE_LOG.streamBytesMax - Buffer.byteLength(CUT)) {
      side.toldOpen = text;
      return [];
    }
    side.toldOpen = text;
    return [{ stream, offset, text, open: true }];
  }
}

function newSide(told: number, saysProgress: boolean): Side {
  return { lines: new LiveLines({ saysProgress }), offset: told, pieces: 0, toSkip: told, isCut: false, dropped: 0, toldOpen: '' };
}

/** The line of a stream that is not over, once what was told before has come again. */
function openOf({ lines, toSkip }: Side): string {
  return toSkip > 0 ? '' : lines.open;
}

/** A text in pieces of at most so many characters, none of which ends within a surrogate pair. */
function chunks(text: string): string[] {
  const made: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + CHUNK_CHARS_MAX, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    made.push(text.slice(start, end));
    start = end;
  }
  return made;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** The beginning of a text that fits into so many bytes of UTF-8. */
function firstBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  let end = Math.max(0, Math.min(bytesMax, bytes.length));
  // Never within a character: all of its bytes but the first look like this.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}

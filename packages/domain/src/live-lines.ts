import { LIVE_LOG } from './limits.ts';
import { PROGRESS_MARK, type Progress, parseProgress } from './progress.ts';

/** What a write has added to the log: text that stays (whole lines, mostly), and the newest progress, if any. */
export type Written = { readonly text: string; readonly progress: Progress | null };

/**
 * One output stream of a model, cut into lines as it comes. Of a line that is rewritten by carriage returns, as progress bars are, only
 * the newest state is kept; a line that says progress is taken out. Any text does: what cannot be stored is replaced, and a line
 * without an end is let go piece by piece.
 */
export class LiveLines {
  readonly #saysProgress: boolean;
  /** The line that is not over, a carriage return at its end included. */
  #open = '';
  /** Whether the beginning of that line is gone already. */
  #begun = false;

  constructor({ saysProgress }: { saysProgress: boolean }) {
    this.#saysProgress = saysProgress;
  }

  /** The newest state of the line that is not over; empty while it may still turn out to be progress. */
  get open(): string {
    const line = withoutReturns(this.#open);
    const maybeProgress = this.#saysProgress && !this.#begun && (PROGRESS_MARK.startsWith(line) || line.startsWith(PROGRESS_MARK));
    return maybeProgress ? '' : line;
  }

  write(text: string): Written {
    const all = this.#open + storable(text);
    const end = all.lastIndexOf('\n') + 1;
    const written = end === 0 ? { text: '', progress: null } : this.#whole(all.slice(0, end));
    this.#open = newest(all.slice(end));
    return { ...written, text: written.text + this.#overflow() };
  }

  /** Takes the last line, which nothing ends. */
  end(): Written {
    const line = withoutReturns(this.#open);
    this.#open = '';
    const progress = this.#progressOf(line);
    return { text: progress === null ? line : '', progress };
  }

  #whole(lines: string): Written {
    if (!lines.includes('\r') && !(this.#saysProgress && lines.includes(PROGRESS_MARK))) {
      this.#begun = false;
      return { text: lines, progress: null };
    }
    let text = '';
    let progress: Progress | null = null;
    for (const each of lines.slice(0, -1).split('\n')) {
      const line = withoutReturns(newest(each));
      const said = this.#progressOf(line);
      this.#begun = false;
      if (said === null) text += `${line}\n`;
      else progress = said;
    }
    return { text, progress };
  }

  #progressOf(line: string): Progress | null {
    return this.#saysProgress && !this.#begun ? parseProgress(line) : null;
  }

  /** Lets go what is too much to keep of the open line. */
  #overflow(): string {
    if (this.#open.length <= LIVE_LOG.openLineCharsMax) return '';
    const text = withoutReturns(this.#open);
    this.#open = this.#open.slice(text.length);
    this.#begun = true;
    return text;
  }
}

/** What a terminal shows of a line: what came after the last carriage return that something follows. */
function newest(line: string): string {
  const shown = withoutReturns(line);
  const start = shown.lastIndexOf('\r') + 1;
  return shown.slice(start) + (shown.length < line.length ? '\r' : '');
}

/** Not a regular expression: it would look at each of a million carriage returns a million times. */
function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 13) end -= 1;
  return line.slice(0, end);
}

/** Postgres knows no NUL, and UTF-8 no half of a surrogate pair: a model may print both. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

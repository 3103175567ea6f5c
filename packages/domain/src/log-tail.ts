import { LOG_TAIL } from './limits.ts';

/** Keeps the last lines of one output stream of a model: at most 500 lines of at most 2000 characters. */
export class LogTail {
  readonly #lines: string[] = [];
  #open = '';

  /** Takes text as it comes, in pieces cut anywhere. A carriage return without a line feed starts the line anew, as on a terminal. */
  write(text: string): void {
    const parts = (this.#open + text).split('\n');
    this.#open = cut(parts.pop() ?? '');
    for (const line of parts) this.#push(line);
  }

  /** The lines so far, oldest first, an unfinished last line included. */
  lines(): string[] {
    const lines = this.#open === '' ? this.#lines : [...this.#lines, afterReturn(this.#open.replace(/\r$/, ''))];
    return lines.slice(-LOG_TAIL.linesMax);
  }

  #push(line: string): void {
    this.#lines.push(cut(afterReturn(line.replace(/\r$/, ''))));
    if (this.#lines.length > LOG_TAIL.linesMax) this.#lines.shift();
  }
}

function afterReturn(line: string): string {
  const at = line.lastIndexOf('\r', line.length - 2);
  return at < 0 ? line : line.slice(at + 1);
}

function cut(line: string): string {
  return line.length <= LOG_TAIL.lineCharsMax ? line : line.slice(-LOG_TAIL.lineCharsMax);
}

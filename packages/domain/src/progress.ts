import { LIVE_LOG } from './limits.ts';

/** How far a task is: from 0 to 1, or null where nobody knows, and what it is doing. */
export type Progress = { readonly fraction: number | null; readonly text: string };

/** What a line of progress begins with. */
export const PROGRESS_MARK = '::progress ';

const FORM = /^::progress ((?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,3})?)(?: (.*))?$/;

/**
 * Reads a line of a model's stdout as progress: `::progress 0.42 segmenting`. Null where it is none: a fraction beyond 1 or a text of
 * more than 200 characters is not guessed at, and the line stays what it is, a line of the log.
 */
export function parseProgress(line: string): Progress | null {
  const [, number = '', text = ''] = FORM.exec(line) ?? [];
  const fraction = number === '' ? Number.NaN : Number(number);
  return fraction >= 0 && fraction <= 1 && text.length <= LIVE_LOG.progressTextCharsMax ? { fraction, text: text.trim() } : null;
}

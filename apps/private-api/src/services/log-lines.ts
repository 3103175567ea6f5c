import type { LogStream } from '@inference/domain';
import type { LogPieceRow } from '../store/log-store.ts';

/** A line of a log, without its end. `at`: when it began to be known here. */
export type LogLine = { readonly stream: LogStream; readonly at: Date; readonly text: string };

/** Puts pieces together to lines: a line may be cut among several, with pieces of the other stream between. */
export function logLines(pieces: readonly Pick<LogPieceRow, 'stream' | 'at' | 'text'>[]): LogLine[] {
  const lines: LogLine[] = [];
  const unfinished: Record<LogStream, { at: Date; text: string } | null> = { stdout: null, stderr: null };
  for (const { stream, at, text } of pieces) {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      const begun = unfinished[stream];
      const line = begun === null ? { at, text: part } : { at: begun.at, text: begun.text + part };
      unfinished[stream] = line;
      if (index === parts.length - 1) break;
      lines.push({ stream, ...line });
      unfinished[stream] = null;
    }
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = unfinished[stream];
    if (line !== null && line.text !== '') lines.push({ stream, ...line });
  }
  return lines;
}

import type { LogPiece, TaskEvent } from '@inference/client';

type LogEvent = Extract<TaskEvent, { event: 'log' }>;

/** What is left out: earlier attempts, the other stream where one is named, and so many lines. */
export type Skipped = { readonly attempt: number; readonly stream: LogPiece['stream'] | undefined; readonly lines: number };

/**
 * Passes events on, but for the first lines of an attempt's log. A line counts where it ends and is never cut: it may come in several
 * pieces, with those of the other stream between.
 */
export async function* skipLines(events: AsyncIterable<TaskEvent>, { attempt, stream, lines }: Skipped): AsyncGenerator<TaskEvent> {
  const begun = new Map<LogPiece['stream'], LogEvent>();
  let left = lines;
  for await (const event of events) {
    if (event.event !== 'log') yield event;
    else if (event.data.attempt >= attempt && (stream === undefined || event.data.stream === stream)) {
      let text = (begun.get(event.data.stream)?.data.text ?? '') + event.data.text;
      for (; left > 0 && !event.data.open && text.includes('\n'); left--) text = text.slice(text.indexOf('\n') + 1);
      const rest = { ...event, data: { ...event.data, text } };
      if (left <= 0 || event.data.open) yield rest;
      if (event.data.open) continue;
      if (left > 0 && text !== '') begun.set(event.data.stream, rest);
      else begun.delete(event.data.stream);
    }
  }
  yield* begun.values();
}

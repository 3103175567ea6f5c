import type { LogPiece, TaskEvent } from '@inference/client';

/** The log of a task as it comes, in whole lines; a line that is not over when the task is comes last. */
export async function* followLog(events: AsyncIterable<TaskEvent>, stream: LogPiece['stream'] | undefined): AsyncGenerator<string> {
  const open = new Map<LogPiece['stream'], string>();
  for await (const { event, data } of events) {
    if (event !== 'log' || (stream !== undefined && data.stream !== stream)) continue;
    if (data.open) open.set(data.stream, data.text);
    else {
      open.delete(data.stream);
      yield data.text;
    }
  }
  yield* open.values();
}

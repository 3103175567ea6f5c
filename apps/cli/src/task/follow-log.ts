import type { LogPiece, TaskEvent } from '@inference/client';

/** The log of a task as it comes, in whole lines; a line that is not over when the task is comes last, and is ended. */
export async function* followLog(events: AsyncIterable<TaskEvent>, stream: LogPiece['stream'] | undefined): AsyncGenerator<string> {
  const open = new Map<LogPiece['stream'], string>();
  let last = '\n';
  for await (const { event, data } of events) {
    if (event !== 'log' || (stream !== undefined && data.stream !== stream)) continue;
    if (data.open) open.set(data.stream, data.text);
    else {
      open.delete(data.stream);
      last = data.text;
      yield data.text;
    }
  }
  for (const text of open.values()) {
    last = text;
    yield text;
  }
  if (!last.endsWith('\n')) yield '\n';
}

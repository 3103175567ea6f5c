import type { Client, LogPiece, TaskEvent } from '@inference/client';
import { skipLines } from './skip-lines.ts';

const LINE_END = 10;

type FollowOptions = {
  readonly stream: LogPiece['stream'] | undefined;
  /** Lines of what was printed before; undefined: all of them. */
  readonly tail: number | undefined;
  readonly signal: AbortSignal;
};

/** The events of a task, without what its model printed before the last lines that are wanted. */
export async function followed(
  tasks: Client['tasks'],
  id: string,
  { stream, tail, signal }: FollowOptions,
): Promise<AsyncIterable<TaskEvent>> {
  const events = () => tasks.events(id, { signal });
  if (tail === undefined) return events();
  const attempt = (await tasks.get(id, { signal })).attempts.at(-1)?.number;
  if (attempt === undefined) return events();
  // Events tell the log from its start: what they tell too much is counted first, and left out.
  let lines = 0;
  for await (const piece of tasks.logs(id, { stream, attempt, signal })) for (const byte of piece) if (byte === LINE_END) lines++;
  return skipLines(events(), { attempt, stream, lines: lines - tail });
}

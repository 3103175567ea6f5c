import { AppError, type LogStream } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../store/viewer.ts';
import { type LogLine, logLines } from './log-lines.ts';

/** Which part of a log is wanted; null: the newest attempt, both streams, all lines. */
export type LogWish = { readonly attempt: number | null; readonly stream: LogStream | null; readonly tail: number | null };

/**
 * The lines that an attempt has printed so far, in order. What a stream keeps is bounded, so all of it fits into memory.
 *
 * @throws AppError `task_not_found`, for others' tasks, too; `log_expired` once it was removed
 */
export async function readLog(deps: Deps, uid: string, viewer: Viewer, wish: LogWish): Promise<{ attempt: number; lines: LogLine[] }> {
  const task = await deps.store.findSeen(uid, viewer);
  if (task === null) throw new AppError('task_not_found');
  if (task.isPurged) throw new AppError('log_expired');
  const attempt = wish.attempt ?? task.attempt;
  const lines = logLines(await deps.store.listAttemptPieces(task.id, attempt, wish.stream));
  return { attempt, lines: wish.tail === null ? lines : lines.slice(-wish.tail) };
}

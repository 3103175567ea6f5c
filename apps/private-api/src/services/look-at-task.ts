import type { Deps } from '../deps.ts';
import type { FollowedRow } from '../store/feed-store.ts';
import type { LogPieceRow } from '../store/log-store.ts';

/** What one look answers of a log: little enough to wait until a client has taken it. */
const PAGE = { countMax: 200, bytesMax: 64 * 1024 };

/** A look at a task: how it is, and what came to its log. `more`: another look would answer more. */
export type Look = { readonly task: FollowedRow; readonly pieces: readonly LogPieceRow[]; readonly more: boolean };

/**
 * Looks at a task and at its log after a piece; null where it is gone. First the task, then the log: where the task has ended, no more
 * can come to its log.
 */
export async function lookAtTask(deps: Pick<Deps, 'store'>, uid: string, after: bigint): Promise<Look | null> {
  const task = await deps.store.findFollowed(uid);
  if (task === null) return null;
  const pieces = await deps.store.listPieces(task.id, after, PAGE);
  const bytes = pieces.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return { task, pieces, more: pieces.length === PAGE.countMax || bytes >= PAGE.bytesMax };
}

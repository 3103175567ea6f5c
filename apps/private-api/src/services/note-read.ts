import type { Deps } from '../deps.ts';
import type { Actor, ReadPart } from '../store/audit-store.ts';
import type { Viewer } from '../store/viewer.ts';

/** Who reads, and whose tasks are theirs to read. */
export type Reader = { readonly viewer: Viewer; readonly by: Actor };

/**
 * Notes in the audit that somebody reads a part of another's task, before it is handed out. It is waited for: the statement is one on the
 * database that has just answered for the task, and what cannot be noted is not read. Owners, who see only their own tasks, never wait.
 */
export async function noteRead(deps: Deps, uid: string, { viewer, by }: Reader, part: ReadPart): Promise<void> {
  if (viewer === null) await deps.store.insertRead(by, { uid, part });
}

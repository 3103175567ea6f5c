import type { FailureClass, TaskState } from '@inference/domain';
import type { Statement } from './statement.ts';
import { isSeenBy } from './viewer.ts';

export const findSeen: Statement<'findSeen'> = (db, uid, viewer) => {
  const t = db.taskByUid.get(uid);
  if (t === undefined || !isSeenBy(viewer, t)) return null;
  return { id: t.id, attempt: t.attempt, isPurged: t.purged_at !== null };
};

export const findFollowed: Statement<'findFollowed'> = (db, uid) => {
  const t = db.taskByUid.get(uid);
  if (t === undefined) return null;
  return {
    id: t.id,
    state: t.state as TaskState,
    attempt: t.attempt,
    progress: t.progress,
    progressText: t.progress_text,
    failureClass: t.failure_class as FailureClass | null,
    failureReason: t.failure_reason,
    isDeleted: t.deleted_at !== null,
    isPurged: t.purged_at !== null,
    eventId: BigInt(Math.max(0, ...db.eventsOf.get(t.id).map(({ id }) => Number(id)))),
  };
};

import type { Tx } from '@inference/database';
import type { FailureClass, TaskState } from '@inference/domain';
import { seenBy, type Viewer } from './viewer.ts';

/** What who follows a task must know of it. */
export type FollowedRow = {
  readonly id: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly progress: number | null;
  readonly progressText: string;
  readonly failureClass: FailureClass | null;
  readonly failureReason: string | null;
  readonly isDeleted: boolean;
  readonly isPurged: boolean;
  /** The newest event of the task: it grows with each change of its state. */
  readonly eventId: bigint;
};

/** A task for who may see it: null for others' and for deleted ones. */
export async function findSeen(tx: Tx, uid: string, viewer: Viewer): Promise<{ id: number; attempt: number; isPurged: boolean } | null> {
  const [row] = await tx.$queryRaw<{ id: number; attempt: number; isPurged: boolean }[]>`
    SELECT t.id, t.attempt, t.purged_at IS NOT NULL AS "isPurged" FROM task t WHERE t.uid = ${uid} AND ${seenBy(viewer)}`;
  return row ?? null;
}

/** A task as it is now, deleted ones included: who follows it was let in before. */
export async function findFollowed(tx: Tx, uid: string): Promise<FollowedRow | null> {
  const [row] = await tx.$queryRaw<FollowedRow[]>`
    SELECT t.id, t.state, t.attempt, t.progress, t.progress_text AS "progressText", t.failure_class AS "failureClass",
           t.failure_reason AS "failureReason", t.deleted_at IS NOT NULL AS "isDeleted", t.purged_at IS NOT NULL AS "isPurged",
           coalesce((SELECT max(id) FROM event e WHERE e.task_id = t.id), 0) AS "eventId"
    FROM task t WHERE t.uid = ${uid}`;
  return row ?? null;
}

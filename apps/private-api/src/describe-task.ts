import type { TaskState } from '@inference/domain';
import type { TaskRow } from './store/task-store.ts';

/** The original's integers. */
const LEGACY_STATUS: Readonly<Record<TaskState, number>> = { queued: -1, running: 2, cancelling: 2, succeeded: 1, failed: 0, cancelled: 0 };

/** A task as the private legacy routes show it. */
export function describeTask(task: TaskRow) {
  return {
    id: task.id,
    uid: task.uid,
    model_human_readable_id: task.model.humanReadableId,
    datetime_created: task.createdAt.toISOString(),
    datetime_dispatched: task.startedAt?.toISOString() ?? null,
    datetime_finished: task.finishedAt?.toISOString() ?? null,
    status: LEGACY_STATUS[task.state as TaskState],
    is_deleted: task.deletedAt !== null,
  };
}

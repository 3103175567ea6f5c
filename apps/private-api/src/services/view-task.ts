import { V1_LIMITS } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { ViewRow } from '../store/task-view-store.ts';
import type { Viewer } from '../store/viewer.ts';
import { lackOf, waitSentence } from './describe-wait.ts';

/** A task, why it is where it is, and its place in the queue, where it waits and that can be told. */
export type TaskView = ViewRow & { readonly reason: string; readonly position: number | null };

/** Finds a task for who may see it. @throws AppError `task_not_found`, for others' tasks, too */
export async function viewTask(deps: Deps, uid: string, viewer: Viewer): Promise<TaskView> {
  const task = await deps.store.findTaskView(uid, viewer);
  if (task === null) throw new AppError('task_not_found');
  const { supply, ahead } = task;
  if (supply === null || ahead === null) return { ...task, reason: reasonOf(task), position: null };
  const isCounted = ahead < V1_LIMITS.positionMax;
  return { ...task, reason: lackOf(supply, task.pool) ?? waitSentence(ahead, task.attempt), position: isCounted ? ahead + 1 : null };
}

function reasonOf(task: ViewRow): string {
  switch (task.state) {
    case 'succeeded':
      return task.isPurged ? 'The task succeeded; its output is no longer kept here.' : 'The task succeeded.';
    case 'failed':
    case 'cancelled':
      return task.failureReason ?? '';
    case 'cancelling':
      return `Attempt ${task.attempt} is being stopped.`;
    default:
      return `Attempt ${task.attempt} runs on ${task.attempts.at(-1)?.consumer ?? 'a consumer'}.`;
  }
}

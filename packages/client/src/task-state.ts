import type { Task } from '@inference/contracts';

/** Whether a task is over. */
export function hasEnded({ state }: Pick<Task, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

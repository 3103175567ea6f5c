import { HEAD_START_MS, type Priority } from '@inference/allocator';

const NUMBERS: Readonly<Record<Priority, number>> = { high: 1, normal: 0, low: -1 };

/** A priority as a task's row keeps it: for people, and as the head start that counts. */
export function priorityOf(name: Priority): { priority: number; headStartMs: number } {
  return { priority: NUMBERS[name], headStartMs: HEAD_START_MS[name] };
}

/** The name of a row's priority. */
export function priorityName(priority: number): Priority {
  if (priority === 0) return 'normal';
  return priority > 0 ? 'high' : 'low';
}

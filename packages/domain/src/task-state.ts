/** Where a task is in its life. Why it ended is kept in its failure, so causes do not multiply states. */
export const TASK_STATES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** What can happen to a task. */
export const TASK_EVENTS = ['claim', 'renew', 'succeed', 'retry', 'give_up', 'cancel', 'requeue'] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

/**
 * What must be true of the caller before the cell applies; where it is not, the event is stale.
 * - `newest`: it proved to hold the newest attempt (number and token)
 * - `newest_or_deadline`: that, or the task's own deadline has passed
 * - `recorded`: this very report ended the task before (a repeated report is harmless)
 * - `recorded_output`: as `recorded`, and the output's hash is the recorded one
 */
export type Guard = 'newest' | 'newest_or_deadline' | 'recorded' | 'recorded_output';

/** `same`: accepted, nothing changes. `stale`: refused, the caller is late (HTTP 409). */
export type Cell = TaskState | 'same' | 'stale' | { readonly to: TaskState | 'same'; readonly if: Guard };

/** The whole life of a task. The statements in the store name the states they leave; a test compares them and the docs with this. */
export const TRANSITIONS = {
  queued: {
    claim: 'running',
    renew: { to: 'running', if: 'newest' },
    succeed: { to: 'succeeded', if: 'newest' },
    retry: { to: 'same', if: 'newest' },
    give_up: { to: 'failed', if: 'newest_or_deadline' },
    cancel: 'cancelled',
    requeue: 'stale',
  },
  running: {
    claim: 'stale',
    renew: 'same',
    succeed: 'succeeded',
    retry: 'queued',
    give_up: 'failed',
    cancel: 'cancelling',
    requeue: 'stale',
  },
  cancelling: {
    claim: 'stale',
    renew: 'same',
    succeed: 'cancelled',
    retry: 'cancelled',
    give_up: 'cancelled',
    cancel: 'same',
    requeue: 'stale',
  },
  succeeded: {
    claim: 'stale',
    renew: 'stale',
    succeed: { to: 'same', if: 'recorded_output' },
    retry: 'stale',
    give_up: 'stale',
    cancel: 'same',
    requeue: 'stale',
  },
  failed: {
    claim: 'stale',
    renew: 'stale',
    succeed: 'stale',
    retry: { to: 'same', if: 'recorded' },
    give_up: { to: 'same', if: 'recorded' },
    cancel: 'same',
    requeue: 'queued',
  },
  cancelled: {
    claim: 'stale',
    renew: 'stale',
    succeed: 'stale',
    retry: { to: 'same', if: 'recorded' },
    give_up: { to: 'same', if: 'recorded' },
    cancel: 'same',
    requeue: 'queued',
  },
} as const satisfies Record<TaskState, Record<TaskEvent, Cell>>;

/** The next state, `same` or `stale`, for an event whose caller fulfils the guards in `proven`. */
export function transition(from: TaskState, event: TaskEvent, proven: ReadonlySet<Guard>): TaskState | 'same' | 'stale' {
  const cell: Cell = TRANSITIONS[from][event];
  if (typeof cell === 'string') return cell;
  return proven.has(cell.if) ? cell.to : 'stale';
}

/** A final state is left by an operator's requeue only. */
export function isFinal(state: TaskState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

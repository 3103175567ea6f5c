import { attemptsOf } from '../invariants/rows-of-task.ts';
import type { TaskRow } from '../rows.ts';
import type { Dumped, Tables } from '../tables.ts';
import { expectedOf, type KnownTask } from './clients.ts';
import type { Behaviour } from './simulated-engine.ts';

/** How a task ends whose model does this and whose attempt nothing disturbs: its state, or the class of its failure. */
const ENDS: Readonly<Record<Behaviour, string>> = {
  succeed: 'succeeded',
  slow: 'succeeded',
  linger: 'succeeded',
  fail: 'model_error',
  hang: 'timeout',
};
/** What attempts are handed back with whose model was never started, though nothing was wrong: the one before it closed its output and went on. */
const NEVER_STARTED = /^The model before it took longer to end/;

/** Every output is the one that its input demands. */
export function wrongOutputs(tables: Tables, tasks: readonly KnownTask[], contentOf: (key: string) => string | undefined): string[] {
  return known(tables, tasks).flatMap(({ row, task }) => {
    if (row.state !== 'succeeded' || row.output_key === null || row.purged_at !== null) return [];
    const content = contentOf(row.output_key);
    return content === expectedOf(task) ? [] : [`the output of ${row.uid} is ${JSON.stringify(content)}`];
  });
}

/** Of every task that has succeeded it is known which image made its output. */
export function unknownImages(tables: Tables): string[] {
  return tables.task.flatMap(({ uid, state, pinned_image: image }) =>
    state === 'succeeded' && image === null ? [`the task ${uid} has succeeded, and its image was not pinned`] : [],
  );
}

/**
 * No model is blamed for what it did not do: a task has failed for a fault of its model only where that has failed. And none has failed as
 * cancelled: one that an operator has put back into the queue may still have an attempt that was.
 */
export function wronglyBlamed(tables: Tables, tasks: readonly KnownTask[]): string[] {
  return known(tables, tasks).flatMap(({ row, task }) => {
    const { failure_class: failure, state } = row;
    if (failure === null || failure === 'infrastructure' || failure === ENDS[task.behaviour]) return [];
    if (failure === 'cancelled' && state === 'cancelled') return [];
    return [`the task ${row.uid} (${task.behaviour}) has failed as ${failure}: ${row.failure_reason}`];
  });
}

/**
 * Where nothing may have cost an attempt, every task nobody touched ended with its first one, as its model did. Left out are those that
 * were handed back before their model was started: for each model that ended late, one may have waited in vain.
 */
export function lostAttempts(tables: Tables, tasks: readonly KnownTask[], lateClosings: number): string[] {
  const neverStarted = tables.attempt.filter(({ failure_reason: reason }) => NEVER_STARTED.test(reason ?? ''));
  const lost = known(tables, tasks).flatMap(({ row, task }) => {
    if (task.isTouched) return [];
    const end = row.state === 'succeeded' ? row.state : row.failure_class;
    const begun = attemptsOf(tables, row).filter((attempt) => !neverStarted.includes(attempt)).length;
    if (end === ENDS[task.behaviour] && begun === 1) return [];
    return [`the task ${row.uid} (${task.behaviour}) ended as ${end} with attempt ${row.attempt}, of which ${begun} were begun`];
  });
  if (neverStarted.length <= lateClosings) return lost;
  return [...lost, `${neverStarted.length} attempts waited in vain for a model to end, and ${lateClosings} models ended late`];
}

/** Rows of tasks with what their users know of them. */
function known(tables: Tables, tasks: readonly KnownTask[]): { readonly row: Dumped<TaskRow>; readonly task: KnownTask }[] {
  const byUid = new Map(tasks.map((task) => [task.uid, task]));
  return tables.task.flatMap((row) => {
    const task = byUid.get(row.uid);
    return task === undefined ? [] : [{ row, task }];
  });
}

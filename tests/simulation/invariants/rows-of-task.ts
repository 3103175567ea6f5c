import type { AttemptRow, EventRow, TaskRow } from '../rows.ts';
import type { Dumped, Tables } from '../tables.ts';

type Grouped = { readonly attempts: ReadonlyMap<number, Dumped<AttemptRow>[]>; readonly events: ReadonlyMap<number, Dumped<EventRow>[]> };

/** Several invariants look at the same tables one after the other. */
const grouped = new WeakMap<Tables, Grouped>();

/** The attempts of a task, by their numbers. */
export function attemptsOf(tables: Tables, task: Pick<Dumped<TaskRow>, 'id'>): readonly Dumped<AttemptRow>[] {
  return groupsOf(tables).attempts.get(task.id) ?? [];
}

/** What happened to a task, in order. */
export function eventsOf(tables: Tables, task: Pick<Dumped<TaskRow>, 'id'>): readonly Dumped<EventRow>[] {
  return groupsOf(tables).events.get(task.id) ?? [];
}

function groupsOf(tables: Tables): Grouped {
  const known = grouped.get(tables);
  if (known !== undefined) return known;
  const made = {
    attempts: Map.groupBy(tables.attempt, (row) => row.task_id),
    events: Map.groupBy(tables.event, (row) => row.task_id),
  };
  grouped.set(tables, made);
  return made;
}

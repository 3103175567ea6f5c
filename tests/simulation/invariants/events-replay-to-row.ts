import type { TaskState } from '@inference/domain';
import type { Tables } from '../tables.ts';
import { possibleStates } from './possible-states.ts';
import { eventsOf } from './rows-of-task.ts';

/** The events of a task, played one after the other, lead to the state of its row: each was possible where it came, final states absorb. */
export function eventsReplayToRow(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    const replay = possibleStates(eventsOf(tables, task));
    if ('problem' in replay) return [`task ${task.id}: ${replay.problem}`];
    if (replay.states.has(task.state as TaskState)) return [];
    return [`task ${task.id} is ${task.state}, but its events lead to ${[...replay.states].join(' or ')}`];
  });
}

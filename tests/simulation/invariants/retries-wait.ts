import type { AttemptRow, TaskRow } from '../rows.ts';
import type { Dumped, Tables } from '../tables.ts';
import { attemptsOf } from './rows-of-task.ts';

/** Delays are drawn from 0 on, in milliseconds: one of them may be none, and so many are not. */
const RETRIES_MIN = 3;
const ON_ITS_WAY: readonly string[] = ['queued', 'running'];

/** Looks at tasks that are tried again after faults: with a delay, but for the first time that the holder of one fell silent. */
export class RetriesWait {
  /** By task and attempt, in milliseconds. */
  readonly #delays = new Map<string, number>();

  /** Takes note of the tasks that have changed. */
  see(tables: Tables): void {
    for (const task of tables.task) {
      const failed = retried(tables, task);
      if (failed !== undefined)
        this.#delays.set(`${task.id}/${failed.number}`, Date.parse(task.available_at) - Date.parse(failed.ended_at));
    }
  }

  broken(): string[] {
    const delays = [...this.#delays.values()];
    if (delays.length < RETRIES_MIN || delays.some((ms) => ms > 0)) return [];
    return [`${delays.length} faults were each tried again at once`];
  }
}

/** The attempt whose fault led to the task's last retry, where that is to be put off. */
function retried(tables: Tables, task: Dumped<TaskRow>): { readonly number: number; readonly ended_at: string } | undefined {
  const { infrastructure_faults: faults } = task;
  const isDelayed = ({ outcome }: Dumped<AttemptRow>) => (outcome === 'fail' && faults > 0) || (outcome === 'lost' && faults > 1);
  if (!ON_ITS_WAY.includes(task.state)) return undefined;
  const last = attemptsOf(tables, task).findLast(({ ended_at }) => ended_at !== null);
  if (last === undefined || last.ended_at === null || !isDelayed(last)) return undefined;
  return { number: last.number, ended_at: last.ended_at };
}

import type { Tables } from '../tables.ts';
import { attemptsOf, eventsOf } from './rows-of-task.ts';

/** Each claim made one attempt: they are numbered from one without a hole, in the order of the claims, and the task names the newest. */
export function attemptsAreClaims(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    const claims = eventsOf(tables, task).flatMap(({ kind, attempt }) => (kind === 'claimed' ? [attempt] : []));
    const numbers = attemptsOf(tables, task).map(({ number }) => number);
    const expected = Array.from({ length: task.attempt }, (_, index) => index + 1).join();
    const broken = claims.join() === expected && numbers.join() === expected ? [] : [{ claims, numbers }];
    return broken.map(() => `task ${task.id}: claims ${claims.join()}; attempts ${numbers.join()}; newest ${task.attempt}`);
  });
}

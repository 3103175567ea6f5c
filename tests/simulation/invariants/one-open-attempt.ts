import type { Tables } from '../tables.ts';
import { attemptsOf } from './rows-of-task.ts';

const HELD: readonly string[] = ['running', 'cancelling'];

/** At most one attempt of a task counts: one is open exactly while the task is held, and it is the newest. No two have a token in common. */
export function oneOpenAttempt(tables: Tables): string[] {
  const tokens = new Set(tables.attempt.map(({ token }) => token));
  const twice = tokens.size === tables.attempt.length ? [] : ['two attempts have the same token'];
  const broken = tables.task.flatMap((task) => {
    const open = attemptsOf(tables, task).flatMap(({ number, ended_at }) => (ended_at === null ? [number] : []));
    const expected = HELD.includes(task.state) ? [task.attempt] : [];
    return open.join() === expected.join()
      ? []
      : [`task ${task.id} is ${task.state}, newest ${task.attempt}, open: ${open.join() || 'none'}`];
  });
  return [...twice, ...broken];
}

import type { Tables } from '../tables.ts';
import { eventsOf } from './rows-of-task.ts';

const CANCELS: readonly string[] = ['cancelling', 'cancelled', 'deleted'];

/** Once a cancel (or a delete) was confirmed, the task does not succeed, unless an operator puts it back into the queue. */
export function cancelIsKept(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    let isCancelled = false;
    let isOver = false;
    const broken: string[] = [];
    for (const { id, kind } of eventsOf(tables, task)) {
      if (kind === 'succeeded' && isCancelled) broken.push(`task ${task.id}: event ${id} says that it succeeded after its cancel`);
      if (kind === 'requeued') isCancelled = false;
      if (kind === 'succeeded') isOver = true;
      if (CANCELS.includes(kind) && !isOver) isCancelled = true;
    }
    if (isCancelled && task.state === 'succeeded') broken.push(`task ${task.id} is succeeded after its cancel`);
    return broken;
  });
}

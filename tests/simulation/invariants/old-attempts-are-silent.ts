import type { Tables } from '../tables.ts';
import { eventsOf } from './rows-of-task.ts';

/** What comes from an attempt comes after its claim and before the next one: an old token changes nothing. */
export function oldAttemptsAreSilent(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    let newest = 0;
    const late: string[] = [];
    for (const { id, kind, attempt } of eventsOf(tables, task)) {
      if (kind === 'claimed') newest = attempt ?? 0;
      else if (attempt !== null && attempt !== newest)
        late.push(`task ${task.id}: event ${id} (${kind}) is of attempt ${attempt}, newest ${newest}`);
    }
    return late;
  });
}

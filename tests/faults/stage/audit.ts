import { must } from '../must.ts';
import type { Stage } from './stage.ts';

/** After the faults, everything that was accepted must end within this, in milliseconds. */
const END_MS = 120_000;

type Doubled = { readonly id: number };

/**
 * What every row must keep, whatever it was about: no accepted task is lost, each has its right result (but for those that the row took
 * off the list), and none has two.
 *
 * @returns how many tasks that were
 */
export async function audit({ clients, db }: Stage): Promise<number> {
  // Nobody was there to send anything, and perhaps there is not even a table.
  if (clients.length === 0) return 0;
  let count = 0;
  for (const client of clients) {
    for (const sent of client.accepted.values()) {
      await client.result(sent, END_MS);
      count += 1;
    }
  }
  const doubled = await db.$queryRaw<Doubled[]>`
    SELECT t.id FROM task t LEFT JOIN event e ON e.task_id = t.id AND e.kind = 'succeeded'
    GROUP BY t.id HAVING count(e.id) <> (CASE WHEN t.state = 'succeeded' THEN 1 ELSE 0 END)`;
  must(doubled.length === 0, `every task has exactly one result (${doubled.length} have not)`);
  return count;
}

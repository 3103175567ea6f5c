import type { Deps } from '../deps.ts';
import { poolSupply } from '../store/consumer-store.ts';
import { countBefore, type OutputRow } from '../store/task-store.ts';

/** Why a queued task is not running yet, in a sentence for its user. */
export async function describeWait(deps: Deps, task: OutputRow): Promise<string> {
  const supply = await poolSupply(deps.db, task.pool);
  if (supply.known === 0) return 'Waiting: no consumer has started yet.';
  if (supply.serving === 0) return `Waiting: no consumer serves the pool ${task.pool}.`;
  if (supply.trouble !== '') return `Waiting: ${supply.trouble}`;
  const before = await countBefore(deps.db, task);
  if (before > 0) return `Waiting for a free slot; ${before} ${before === 1 ? 'task is' : 'tasks are'} before this one.`;
  return task.attempt === 0 ? 'Waiting for a free slot.' : `Waiting to be tried again after attempt ${task.attempt}.`;
}

import { V1_LIMITS } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { CONSUMER_KNOWN_HOURS, isWithoutGpu, type PoolSupply } from '../store/consumer-store.ts';
import type { OutputRow } from '../store/task-store.ts';

const WITHOUT_GPU = `Waiting: the model asks for a GPU, and no consumer with one was seen in the last ${CONSUMER_KNOWN_HOURS} hours.`;

/** Why a queued task is not running yet, in a sentence for its user. */
export async function describeWait(deps: Deps, task: OutputRow): Promise<string> {
  const supply = await deps.store.poolSupply(task.pool);
  return lackOf(supply, task.pool) ?? waitSentence(await deps.store.countBefore(task), task.attempt);
}

/** What is wrong with the supply of a pool; null where it is served. */
export function lackOf(supply: PoolSupply, pool: string): string | null {
  if (supply.known === 0) return 'Waiting: no consumer has started yet.';
  if (pool === 'docker-gpu' && isWithoutGpu(supply)) return WITHOUT_GPU;
  if (supply.serving === 0) return `Waiting: no consumer serves the pool ${pool}.`;
  return supply.trouble === '' ? null : `Waiting: ${supply.trouble}`;
}

/** What a task waits for whose pool is served. `before`: at most `positionMax` are counted. */
export function waitSentence(before: number, attempt: number): string {
  if (before >= V1_LIMITS.positionMax) return `Waiting for a free slot; at least ${before} tasks are before this one.`;
  if (before > 0) return `Waiting for a free slot; ${before} ${before === 1 ? 'task is' : 'tasks are'} before this one.`;
  return attempt === 0 ? 'Waiting for a free slot.' : `Waiting to be tried again after attempt ${attempt}.`;
}

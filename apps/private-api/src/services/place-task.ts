import { AppError, type Pool, poolOf, type ResourceAsks } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { CONSUMER_KNOWN_HOURS, isWithoutGpu } from '../store/consumer-store.ts';
import type { TaskModel } from '../store/model-store.ts';
import { judgeAsks } from './judge-asks.ts';

/** Where a task waits; with a sentence where it would end at once, as no consumer has what it asks for. */
export type Place = { readonly pool: Pool; readonly failsWith: string | null };

const NO_GPU = `The model asks for a GPU, and no consumer with one was seen in the last ${CONSUMER_KNOWN_HOURS} hours.`;
const WAY_OUT = 'Start a consumer with a GPU, register the model with use_gpu=false, or have the admin set ALLOW_CPU_FALLBACK=1.';

/**
 * Finds the pool of a task to come. Only here a task is judged by the machines that there are: what was accepted waits, whoever says hello.
 *
 * @throws AppError `no_gpu` or `impossible_resources` where it is to be refused rather than to fail
 */
export async function placeTask(
  deps: Deps,
  { folder, useGpu }: Pick<TaskModel, 'folder' | 'useGpu'>,
  { asks, isRefused }: { asks: ResourceAsks; isRefused: boolean },
): Promise<Place> {
  const pool = poolOf({ folder: folder !== null, useGpu });
  if (pool === 'docker-gpu' && isWithoutGpu(await deps.store.poolSupply(pool))) {
    if (deps.settings.allowCpuFallback) return { pool: 'docker-cpu', failsWith: null };
    if (isRefused) throw new AppError('no_gpu');
    return { pool, failsWith: `${NO_GPU} ${WAY_OUT}` };
  }
  // One GPU of any kind is what every consumer of that pool has; and nothing at all, every consumer.
  if (Object.keys(asks).length === 0) return { pool, failsWith: null };
  const obstacle = await judgeAsks(deps, pool, asks);
  if (obstacle !== null && isRefused) throw new AppError('impossible_resources', obstacle);
  return { pool, failsWith: obstacle };
}

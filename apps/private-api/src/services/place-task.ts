import { type Pool, poolOf } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { CONSUMER_KNOWN_HOURS, isWithoutGpu, poolSupply } from '../store/consumer-store.ts';
import type { TaskModel } from '../store/model-store.ts';

/** Where a task waits; with a sentence where it would end at once, as it asks for a GPU and no consumer has one. */
export type Place = { readonly pool: Pool; readonly failsWith: string | null };

const NO_GPU = `The model asks for a GPU, and no consumer with one was seen in the last ${CONSUMER_KNOWN_HOURS} hours.`;
const WAY_OUT = 'Start a consumer with a GPU, register the model with use_gpu=false, or have the admin set ALLOW_CPU_FALLBACK=1.';

/** Finds the pool of a task to come. Only here a task is judged by the GPUs that there are: what was accepted waits, whoever says hello. */
export async function placeTask(deps: Deps, { folder, useGpu }: Pick<TaskModel, 'folder' | 'useGpu'>): Promise<Place> {
  const pool = poolOf({ folder: folder !== null, useGpu });
  if (pool !== 'docker-gpu' || !isWithoutGpu(await poolSupply(deps.db, pool))) return { pool, failsWith: null };
  if (deps.settings.allowCpuFallback) return { pool: 'docker-cpu', failsWith: null };
  return { pool, failsWith: `${NO_GPU} ${WAY_OUT}` };
}

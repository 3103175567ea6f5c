import type { TaskResources } from '@inference/contracts';
import type { ResourceAsks } from '@inference/domain';
import { wrongField } from './check-fields.ts';

/** What is asked for, as the database keeps it: without what is none, or one GPU, so that the same is always written the same. */
export function asksOf(resources: TaskResources): ResourceAsks {
  const { gpus = 1, gpu_memory_bytes: gpuMemoryBytes = 0, cpus = 0, memory_bytes: memoryBytes = 0 } = resources;
  const { shm_bytes: shmBytes = 0, scratch_bytes: scratchBytes = 0, node_labels: labels = {} } = resources;
  const cpuMillis = Math.ceil(cpus * 1000);
  return {
    ...(gpus === 1 ? {} : { gpus }),
    ...(gpuMemoryBytes === 0 ? {} : { gpuMemoryBytes }),
    ...(cpuMillis === 0 ? {} : { cpuMillis }),
    ...(memoryBytes === 0 ? {} : { memoryBytes }),
    ...(shmBytes === 0 ? {} : { shmBytes }),
    ...(scratchBytes === 0 ? {} : { scratchBytes }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

/** The same as /api/v1 shows it. */
export function resourcesOf(asks: ResourceAsks): TaskResources {
  const { gpus, gpuMemoryBytes, cpuMillis, memoryBytes, shmBytes, scratchBytes, labels } = asks;
  return {
    ...(gpus === undefined ? {} : { gpus }),
    ...(gpuMemoryBytes === undefined ? {} : { gpu_memory_bytes: gpuMemoryBytes }),
    ...(cpuMillis === undefined ? {} : { cpus: cpuMillis / 1000 }),
    ...(memoryBytes === undefined ? {} : { memory_bytes: memoryBytes }),
    ...(shmBytes === undefined ? {} : { shm_bytes: shmBytes }),
    ...(scratchBytes === undefined ? {} : { scratch_bytes: scratchBytes }),
    ...(labels === undefined ? {} : { node_labels: { ...labels } }),
  };
}

/** What tasks of a model are to ask for. @throws AppError `invalid_request` for GPUs of a model that uses none */
export function asksFor(
  { useGpu }: { readonly useGpu: boolean },
  resources: TaskResources,
  where: 'query' | 'body' = 'body',
): ResourceAsks {
  const wrong = resources.gpus !== undefined ? 'gpus' : (resources.gpu_memory_bytes ?? 0) > 0 ? 'gpu_memory_bytes' : null;
  if (wrong !== null && !useGpu) {
    // The query has `gpus` alone and by itself.
    const name = where === 'query' ? wrong : `resources/${wrong}`;
    throw wrongField(where, name, 'asks for GPUs, and the model is registered without: set gpu');
  }
  return asksOf(resources);
}

import type { TaskResources } from '@inference/client';
import { shownBytes } from '../output/units.ts';

/** What is asked for of a machine, for people; empty where that is nothing. */
export function shownResources(resources: TaskResources): string {
  const {
    gpus,
    gpu_memory_bytes: gpuMemory,
    cpus,
    memory_bytes: memory,
    shm_bytes: shm,
    scratch_bytes: scratch,
    node_labels: labels,
  } = resources;
  const all = [
    gpus === undefined ? '' : `${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`,
    gpuMemory === undefined ? '' : `${shownBytes(gpuMemory)} of each GPU`,
    cpus === undefined ? '' : `${cpus} processor cores`,
    memory === undefined ? '' : `${shownBytes(memory)} of memory`,
    shm === undefined ? '' : `${shownBytes(shm)} of shared memory`,
    scratch === undefined ? '' : `${shownBytes(scratch)} of disk`,
    ...Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`),
  ];
  return all.filter((part) => part !== '').join(', ');
}

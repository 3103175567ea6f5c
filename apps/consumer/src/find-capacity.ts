import { availableParallelism, totalmem } from 'node:os';
import type { NodeInfo } from '@inference/contracts';
import type { Deps } from './deps.ts';

const MILLIS = 1_000;

/** What this machine has for models: less where this process may use less. Shared memory comes out of the memory. */
export async function findCapacity({ disk, workFolder }: Pick<Deps, 'disk' | 'workFolder'>): Promise<NodeInfo['capacity']> {
  // 0, or more than there is, where nothing limits it.
  const limitBytes = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const memoryBytes = Math.min(totalmem(), limitBytes);
  const { bytes: scratchBytes } = await disk.space(workFolder);
  return { cpuMillis: availableParallelism() * MILLIS, memoryBytes, shmBytes: memoryBytes, scratchBytes };
}

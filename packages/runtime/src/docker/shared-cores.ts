import { availableParallelism } from 'node:os';

/** The processor cores of this machine, shared among so many slots; at least one each. */
export function sharedCores(slots: number): number {
  return Math.max(1, availableParallelism() / slots);
}

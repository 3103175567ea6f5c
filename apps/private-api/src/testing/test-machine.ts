import type { NodeInfo } from '@inference/contracts';

const GIB = 1024 ** 3;

/** A machine with so many GPUs of 80 GiB, next to each other; their UUIDs begin with the name. */
export function testMachine(gpus: number, name = 'GPU'): NodeInfo {
  return {
    labels: {},
    capacity: { cpuMillis: 16_000, memoryBytes: 64 * GIB, shmBytes: 64 * GIB, scratchBytes: 1024 * GIB },
    devices: Array.from({ length: gpus }, (_, at) => ({
      uuid: `${name}-${at}`,
      name: 'Test card',
      memoryBytes: 80 * GIB,
      kind: 'gpu',
      groups: [],
      trouble: null,
    })),
  };
}

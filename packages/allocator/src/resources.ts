/** What a node has for models beside its devices, and what a request takes of it. Whole numbers, so that sums come out even. */
export type Resources = {
  /** Thousandths of a CPU. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly shmBytes: number;
  readonly scratchBytes: number;
};

export const RESOURCES = ['cpuMillis', 'memoryBytes', 'shmBytes', 'scratchBytes'] as const satisfies readonly (keyof Resources)[];

export const NOTHING: Resources = { cpuMillis: 0, memoryBytes: 0, shmBytes: 0, scratchBytes: 0 };

/** Whether there is enough of everything. Who wants nothing has enough, also where more is held than there is: a machine may have become smaller. */
export function covers(there: Resources, wanted: Resources): boolean {
  return RESOURCES.every((name) => wanted[name] === 0 || there[name] >= wanted[name]);
}

export function plus(one: Resources, other: Resources): Resources {
  return {
    cpuMillis: one.cpuMillis + other.cpuMillis,
    memoryBytes: one.memoryBytes + other.memoryBytes,
    shmBytes: one.shmBytes + other.shmBytes,
    scratchBytes: one.scratchBytes + other.scratchBytes,
  };
}

export function minus(one: Resources, other: Resources): Resources {
  return {
    cpuMillis: one.cpuMillis - other.cpuMillis,
    memoryBytes: one.memoryBytes - other.memoryBytes,
    shmBytes: one.shmBytes - other.shmBytes,
    scratchBytes: one.scratchBytes - other.scratchBytes,
  };
}

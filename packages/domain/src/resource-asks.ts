/** What a task asks for of the machine that runs it; what is left out is none, or for a GPU model one GPU. */
export type ResourceAsks = {
  /** `all`: as many as the largest machine in question has. */
  readonly gpus?: number | 'all';
  /** Of each GPU, in bytes. */
  readonly gpuMemoryBytes?: number;
  /** Thousandths of a CPU. */
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly shmBytes?: number;
  readonly scratchBytes?: number;
  /** Labels that the machine must have, with these values. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** What an attempt used, as far as the consumer could tell; null: not known. */
export type Usage = {
  /** The most memory at one time, of all processes together, in bytes: what the memory limit is held against. */
  readonly memoryPeakBytes: number | null;
  /** Processor time of all processes together, in seconds. */
  readonly cpuSeconds: number | null;
  /** The most memory of its GPU at one time, in bytes. */
  readonly gpuMemoryPeakBytes: number | null;
  /** What it left in /output, unpacked, in bytes. */
  readonly outputBytes: number | null;
  /** From its start to its end, in milliseconds. */
  readonly runMs: number | null;
};

/** Nobody has looked: an older consumer. */
export const UNKNOWN_USAGE: Usage = { memoryPeakBytes: null, cpuSeconds: null, gpuMemoryPeakBytes: null, outputBytes: null, runMs: null };

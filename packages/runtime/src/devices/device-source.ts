/** A GPU of this machine. */
export type Gpu = {
  /** Its number on this machine; it may change with a reboot, so nothing but people should use it. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly memoryBytes: number;
};

/** Which GPUs this machine has. Adapters: `nvidia-smi`, fixed list. */
export interface DeviceSource {
  /** The GPUs that answer now; empty where there are none. Rejects when the machine has GPUs that cannot be listed. */
  list(): Promise<readonly Gpu[]>;
}

/** A GPU of this machine, or a part of one that the card itself keeps apart (MIG). */
export type Device = {
  readonly uuid: string;
  /** As the driver calls it, for people. */
  readonly name: string;
  readonly memoryBytes: number;
  readonly kind: 'gpu' | 'mig';
  /** The link groups that it is in, from the nearest to the widest, by names of this machine; empty where nobody knows. */
  readonly groups: readonly string[];
  /** Why no model should run on it now, in a sentence for people; null: it is well. */
  readonly trouble: string | null;
};

/** Which devices this machine has. Adapters: `nvidia-smi`, fixed list. */
export interface DeviceSource {
  /** The devices that the driver knows now; empty where there are none. Rejects when the machine has devices that cannot be listed. */
  list(): Promise<readonly Device[]>;
  /** How much memory of each device is in use now, in bytes, by UUID; without those of which nobody knows, as of parts (MIG). */
  memoryUsed(): Promise<ReadonlyMap<string, number>>;
}

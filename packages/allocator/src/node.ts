import type { Resources } from './resources.ts';

/** Something that runs models and belongs to one task at a time: a whole GPU, or a part of one that the card itself keeps apart. */
export type Device = {
  readonly uuid: string;
  readonly memoryBytes: number;
  readonly kind: 'gpu' | 'mig';
  /** False: quarantined; it is given to nobody. */
  readonly isHealthy: boolean;
  /** The link groups that it is in, from the nearest to the widest, such as NVLink, switch, socket. Empty: none but the node. */
  readonly groups: readonly string[];
};

/** A machine with what it has for models, in use or not. */
export type Node = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly devices: readonly Device[];
  readonly capacity: Resources;
  /** True: what runs there runs on, and nothing starts. */
  readonly isDraining: boolean;
};

import type { Resources } from './resources.ts';

/** What one attempt holds of a node: its devices, all of which become free together, and its share of the rest. */
export type Lease = {
  /** The request that it was made for. */
  readonly holder: string;
  readonly node: string;
  /** UUIDs; empty for a task without a GPU. */
  readonly devices: readonly string[];
  readonly holds: Resources;
  /** When its holder must have ended at the latest, in milliseconds of the caller's clock; null: nobody knows. */
  readonly untilMs: number | null;
};

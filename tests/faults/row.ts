import type { Requirement } from '@inference/testing';
import type { SmallDiskPlan, Stage } from './stage/stage.ts';

/** What a row found. */
export type Played = {
  /** From the end of the fault to the next correct result, in milliseconds; left out where there is nothing to recover from. */
  readonly recoveredMs?: number;
  /** What was seen, in a sentence. */
  readonly found: string;
};

/** A fault, what must come of it, and how it is made. */
export type Row = {
  /** How it is called on the command line. */
  readonly name: string;
  /** Of the fault matrix. */
  readonly numbers: readonly number[];
  readonly fault: string;
  readonly required: string;
  /** How long it may take from the end of the fault to the next correct result, in milliseconds. */
  readonly targetMs?: number;
  /** Whether `--quick` plays it: short rows only. */
  readonly isQuick?: true;
  readonly needs?: readonly Requirement[];
  readonly smallDisk?: SmallDiskPlan;
  /** What else is missing here, in words; null: nothing. */
  readonly lacks?: () => string | null;
  play(stage: Stage): Promise<Played>;
};

/** A number of the matrix that is not played, and why. */
export type LeftOut = { readonly number: number; readonly fault: string; readonly why: string };

/** What every row needs of a machine. */
const ALWAYS: readonly Requirement[] = ['rabbitmq', 'bubblewrap'];

export function needsOf({ needs = [] }: Row): readonly Requirement[] {
  return [...ALWAYS, ...needs];
}

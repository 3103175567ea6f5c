import type { Summary } from './statistics.ts';

export type Unit = 'ms' | 's' | 'MB/s' | 'MiB' | 'tasks/s' | 'per s';

/** How both sides compare, and what must be reached. */
export type Comparison = {
  /** `ratio`: ours by theirs; `difference`: ours less theirs; `alone`: ours, whatever the other side takes. */
  readonly kind: 'ratio' | 'difference' | 'alone';
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
};

/** One thing measured on both sides. */
export type MeasuredRow = {
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Summary;
  /** Null: there is nothing to compare with. */
  readonly other: Summary | null;
  readonly compared: Comparison;
  readonly reached: boolean;
  readonly notes: readonly string[];
};

/** A row that could not be measured here, and why. */
export type SkippedRow = { readonly name: string; readonly what: string; readonly skipped: string };

export type Row = MeasuredRow | SkippedRow;

type Sides = {
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Summary;
  readonly other: Summary | null;
  readonly notes?: readonly string[];
};

type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** Compares both sides' medians with each other, and the result with what must be reached. */
export function compare(kind: Comparison['kind'], sides: Sides, bound: Bound): MeasuredRow {
  const value = comparedValue(kind, sides);
  const reached = 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
  return { ...sides, notes: sides.notes ?? [], compared: { kind, value, ...bound }, reached };
}

function comparedValue(kind: Comparison['kind'], { name, ours, other }: Sides): number {
  if (kind === 'alone') return ours.median;
  if (other === null) throw new Error(`${name} has no other side to be compared with`);
  return kind === 'ratio' ? ours.median / other.median : ours.median - other.median;
}

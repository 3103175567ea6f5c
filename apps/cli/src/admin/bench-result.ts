import type { View } from '../output/printer.ts';

export type Took = { readonly ms: number; readonly waitedMs: number; readonly hasSucceeded: boolean };

/** What was measured; times in seconds. */
export type BenchResult = {
  readonly model: string;
  readonly parallel: number;
  readonly tasks: number;
  readonly failed: number;
  readonly seconds: number;
  readonly tasks_per_second: number;
  readonly p50_seconds: number;
  readonly p95_seconds: number;
  readonly max_seconds: number;
  readonly waited_p50_seconds: number;
};

const seconds = (value: number) => `${value.toFixed(3)} s`;

export const BENCH_VIEW: View<BenchResult> = {
  columns: [
    { title: 'Model', text: ({ model }) => model },
    { title: 'Tasks', text: ({ tasks, failed, parallel }) => `${tasks}, ${parallel} at a time${failed === 0 ? '' : `, ${failed} failed`}` },
    { title: 'A second', text: ({ tasks_per_second: rate }) => rate.toFixed(2) },
    { title: 'p50', text: ({ p50_seconds: value }) => seconds(value) },
    { title: 'p95', text: ({ p95_seconds: value }) => seconds(value) },
    { title: 'Longest', text: ({ max_seconds: value }) => seconds(value) },
    { title: 'Waited (p50)', text: ({ waited_p50_seconds: value }) => seconds(value) },
  ],
  name: ({ tasks_per_second: rate }) => rate.toFixed(2),
};

/** Sums up what each task took. Failed ones count for the rate of none, and for no time. */
export function summaryOf({ model, parallel }: { model: string; parallel: number }, all: readonly Took[], totalMs: number): BenchResult {
  const good = all.filter(({ hasSucceeded }) => hasSucceeded);
  const times = good.map(({ ms }) => ms).sort((a, b) => a - b);
  const waits = good.map(({ waitedMs }) => waitedMs).sort((a, b) => a - b);
  return {
    model,
    parallel,
    tasks: all.length,
    failed: all.length - good.length,
    seconds: totalMs / 1000,
    tasks_per_second: good.length / (totalMs / 1000),
    p50_seconds: quantile(times, 0.5),
    p95_seconds: quantile(times, 0.95),
    max_seconds: quantile(times, 1),
    waited_p50_seconds: quantile(waits, 0.5),
  };
}

/** The time, in seconds, that this part of all did not take longer than; of sorted milliseconds. */
function quantile(sorted: readonly number[], part: number): number {
  return (sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0) / 1000;
}

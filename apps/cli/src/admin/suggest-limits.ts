import type { ModelUsageView } from '@inference/client';

const MIB = 1024 ** 2;
const MINUTE_SECONDS = 60;
/** What a suggestion leaves above the most that was seen. Times differ more from input to input, and too little of it costs a whole run. */
const HEAD_ROOM = { memory_bytes: 1.3, output_bytes: 2, time_limit_seconds: 3 } as const;
/** Below these nothing is gained: programs and their libraries want so much at least. */
const LEAST = { memory_bytes: 64 * MIB, output_bytes: 16 * MIB, time_limit_seconds: MINUTE_SECONDS } as const;
/** So many numbers in a row look alike to people: 1.0, 1.25, 1.5, 1.75 of each power of two. */
const STEPS = 4;

/** One limit of a model, what its attempts used of it, and what would do. */
export type Suggestion = {
  readonly limit: keyof typeof HEAD_ROOM;
  readonly present: number;
  readonly p95: number;
  readonly max: number;
  readonly suggested: number;
};

/** What would do for the limits of a model; those of which no attempt has told are left out. */
export function suggestLimits({
  limits,
  memory_peak_bytes: memory,
  output_bytes: output,
  run_seconds: time,
}: ModelUsageView): Suggestion[] {
  const seen = { memory_bytes: memory, output_bytes: output, time_limit_seconds: time };
  return (Object.keys(HEAD_ROOM) as (keyof typeof HEAD_ROOM)[]).flatMap((limit) => {
    const used = seen[limit];
    if (used === null) return [];
    const wanted = Math.max(LEAST[limit], used.max * HEAD_ROOM[limit]);
    const suggested = limit === 'time_limit_seconds' ? Math.ceil(wanted / MINUTE_SECONDS) * MINUTE_SECONDS : roundedUp(wanted);
    return [{ limit, present: limits[limit], p95: used.p95, max: used.max, suggested }];
  });
}

/** Up to a quarter of a power of two. */
function roundedUp(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS;
  return Math.ceil(bytes / step) * step;
}

import type { Bench } from './bench.ts';

/** A round is told when the last word was so long ago, in milliseconds. */
const TELL_MS = 5_000;

type Side<T> = (round: number) => Promise<T>;

/**
 * Measures two sides in turn, so that whatever else the machine does meets both alike; which one begins changes from round to round.
 * The first `warmUps` rounds are not kept.
 */
export async function interleave<T>(
  { signal, tell }: Bench,
  counts: { readonly rounds: number; readonly warmUps: number },
  sides: { readonly ours: Side<T>; readonly other: Side<T> },
): Promise<{ ours: T[]; other: T[] }> {
  let toldMs = performance.now();
  const kept: { ours: T[]; other: T[] } = { ours: [], other: [] };
  for (let round = 0; round < counts.warmUps + counts.rounds; round++) {
    for (const side of round % 2 === 0 ? (['ours', 'other'] as const) : (['other', 'ours'] as const)) {
      signal.throwIfAborted();
      const measured = await sides[side](round);
      if (round >= counts.warmUps) kept[side].push(measured);
    }
    if (performance.now() - toldMs < TELL_MS) continue;
    toldMs = performance.now();
    tell(`  ${round + 1} of ${counts.warmUps + counts.rounds} rounds`);
  }
  return kept;
}

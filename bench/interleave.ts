import type { Bench } from './bench.ts';

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
  const kept: { ours: T[]; other: T[] } = { ours: [], other: [] };
  for (let round = 0; round < counts.warmUps + counts.rounds; round++) {
    for (const side of round % 2 === 0 ? (['ours', 'other'] as const) : (['other', 'ours'] as const)) {
      signal.throwIfAborted();
      const measured = await sides[side](round);
      if (round >= counts.warmUps) kept[side].push(measured);
    }
    if (round >= counts.warmUps) tell(`  round ${round - counts.warmUps + 1} of ${counts.rounds}`);
  }
  return kept;
}

import { describe, expect, it } from 'vitest';
import { comparePolicies } from './compare-policies.ts';
import { judge } from './judge.ts';
import { makeLoad } from './load.ts';

/** So long the comparison may take, in milliseconds, on a machine with other things to do. */
const LONGEST_MS = 120_000;

describe('the allocator beside first come first served and whoever fits', () => {
  it(
    'lets tasks of 8 GPUs wait a third as long as greedy does, and tasks of one less than it, at equal use: what `npm run simulate:gpus` promises',
    () => {
      const compared = comparePolicies({ count: 6_000, load: 0.75, seeds: [1, 2, 3] });
      expect(judge(compared)).toEqual([]);
      expect(compared['strict FIFO'].use).toBeLessThan(compared['reserve + backfill'].use);
    },
    LONGEST_MS,
  );

  it('is told to miss it where greedy does as well', () => {
    const { greedy, ...others } = comparePolicies({ count: 500, load: 0.75, seeds: [1] });
    expect(judge({ ...others, greedy, 'reserve + backfill': greedy })).toHaveLength(2);
  });

  it('is a load of 80 % one GPU, 14 % two and 6 % eight, that keeps as many GPUs busy as it says', () => {
    const load = makeLoad({ count: 20_000, load: 0.75, seed: 7 });
    const share = (gpus: number) => load.filter((task) => task.gpus === gpus).length / load.length;
    expect([share(1), share(2), share(8)].map((part) => part.toFixed(1))).toEqual(['0.8', '0.1', '0.1']);
    const busyMs = load.reduce((sum, { gpus, trueMs }) => sum + gpus * trueMs, 0);
    expect(busyMs / (8 * load.at(-1)!.submittedMs)).toBeCloseTo(0.75, 1);
    expect(load.every(({ trueMs, limitMs }) => limitMs >= trueMs && limitMs <= 4 * trueMs)).toBe(true);
  });
});

import { Random } from '../simulation/world/random.ts';

/** A task of the simulated load. Times are in milliseconds from the start. */
export type SimulatedTask = {
  readonly id: string;
  readonly gpus: number;
  readonly submittedMs: number;
  /** How long it runs; nobody knows before. */
  readonly trueMs: number;
  /** After so long it would be stopped. */
  readonly limitMs: number;
};

/** How many GPUs the machine has. */
export const GPUS = 8;
const MEAN_RUN_MS = 60_000;
/** Limits are given so many times too long at most, and at least not too short. */
const OVERSTATED_MAX = 4;
/** Which share of the tasks asks for how many GPUs. */
const SIZES = [
  { share: 0.8, gpus: 1 },
  { share: 0.14, gpus: 2 },
  { share: 0.06, gpus: 8 },
] as const;
const MEAN_GPUS = SIZES.reduce((sum, { share, gpus }) => sum + share * gpus, 0);

/**
 * Tasks that come at random times and run for exponentially distributed ones.
 *
 * @param load which share of the GPUs they keep busy, if they can
 */
export function makeLoad({ count, load, seed }: { count: number; load: number; seed: number }): readonly SimulatedTask[] {
  const random = new Random(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - random.next());
  const meanGapMs = (MEAN_GPUS * MEAN_RUN_MS) / (load * GPUS);
  let submittedMs = 0;
  return Array.from({ length: count }, (_, at) => {
    submittedMs += exponential(meanGapMs);
    const trueMs = exponential(MEAN_RUN_MS);
    const limitMs = trueMs * (1 + random.next() * (OVERSTATED_MAX - 1));
    return { id: `task-${at}`, gpus: sizeAt(random.next()), submittedMs, trueMs, limitMs };
  });
}

function sizeAt(drawn: number): number {
  let below = 0;
  for (const { share, gpus } of SIZES) {
    below += share;
    if (drawn < below) return gpus;
  }
  return 1;
}

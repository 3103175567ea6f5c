/** 95 % of a normal distribution lie within so many standard deviations of its middle. */
const NORMAL_95 = 1.96;

/** What many measurements of one thing come down to; all in the unit of the measurements. */
export type Summary = {
  readonly median: number;
  /** A quarter of the measurements are at most this. */
  readonly lowerQuartile: number;
  /** A quarter of the measurements are at least this. */
  readonly upperQuartile: number;
  readonly count: number;
};

/** Sums measurements up by their median and quartiles; throws when there are none. */
export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/** The value that 95 of 100 measurements do not exceed; throws when there are none. */
export function percentile95(values: readonly number[]): number {
  if (values.length === 0) throw new Error('nothing was measured');
  return quantile(
    [...values].sort((a, b) => a - b),
    0.95,
  );
}

/**
 * Between these values the true median lies, in 95 of 100 cases, whatever the values are spread like: by their ranks, of which the number
 * of values below the median decides (a binomial distribution, close to a normal one from some thirty values on).
 */
export function medianInterval95(values: readonly number[]): readonly [low: number, high: number] {
  const sorted = [...values].sort((a, b) => a - b);
  const low = Math.max(0, Math.floor((sorted.length - NORMAL_95 * Math.sqrt(sorted.length)) / 2));
  const [first, last] = [sorted[low], sorted[sorted.length - 1 - low]];
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  return [first, last];
}

/** The value below which `share` of the sorted values lie; between two values, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

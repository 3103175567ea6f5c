import { describe, expect, it } from 'vitest';
import { medianInterval95, percentile95, summarise } from './statistics.ts';

describe('summarise', () => {
  it('takes the middle one of an odd number of values, in whatever order they come', () => {
    expect(summarise([9, 1, 5]).median).toBe(5);
    expect(summarise([100, 20, 3]).median).toBe(20);
  });

  it('takes the mean of the two middle ones of an even number', () => {
    expect(summarise([4, 1, 3, 2]).median).toBe(2.5);
  });

  it('gives quartiles, between two values in proportion', () => {
    expect(summarise([1, 2, 3, 4, 5])).toEqual({ median: 3, lowerQuartile: 2, upperQuartile: 4, count: 5 });
    expect(summarise([10, 20, 30, 40])).toEqual({ median: 25, lowerQuartile: 17.5, upperQuartile: 32.5, count: 4 });
  });

  it('is not moved by one wild value, as a mean would be', () => {
    expect(summarise([10, 11, 12, 13, 9_000]).median).toBe(12);
  });

  it('leaves its argument as it was', () => {
    const values = [3, 1, 2];
    summarise(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('refuses to sum up nothing', () => {
    expect(() => summarise([])).toThrow('nothing was measured');
  });
});

describe('medianInterval95', () => {
  it('goes from the 41st to the 60th of 100 values, in whatever order they come', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(medianInterval95(values)).toEqual([41, 60]);
  });

  it('holds the median of few values, and is then as wide as they are', () => {
    expect(medianInterval95([3, 1, 2])).toEqual([1, 3]);
  });

  it('refuses to sum up nothing', () => {
    expect(() => medianInterval95([])).toThrow('nothing was measured');
  });
});

describe('percentile95', () => {
  it('is what 95 of 100 values do not exceed, in whatever order they come', () => {
    const values = Array.from({ length: 101 }, (_, at) => 100 - at);
    expect(percentile95(values)).toBe(95);
  });

  it('refuses to sum up nothing', () => {
    expect(() => percentile95([])).toThrow('nothing was measured');
  });
});

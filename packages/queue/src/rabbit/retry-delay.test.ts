import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';

describe('the wait before a try to connect', () => {
  it('doubles with every try, up to a longest', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 5_000].map((attempt) => retryDelayMs(attempt, 1))).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  it('is cut by up to half, by chance, so that not everybody comes at once', () => {
    expect([0, 0.5, 1].map((random) => retryDelayMs(3, random))).toEqual([400, 600, 800]);
  });
});

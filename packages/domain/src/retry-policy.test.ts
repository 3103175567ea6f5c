import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, type FailureClass } from './failure.ts';
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS, INFRASTRUCTURE_RETRIES_MAX, retryDecision } from './retry-policy.ts';
import { readDocTable } from './testing/read-doc-table.ts';

/** The largest number that a source of randomness gives. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;
const CLASSES = Object.keys(FAILURE_CLASSES) as FailureClass[];

describe('the decision to retry', () => {
  it('tries a fault of the machine three times again, then gives up', () => {
    expect([0, 1, 2, 3, 4].map((charged) => retryDecision('infrastructure', charged, 0.5).event)).toEqual([
      'retry',
      'retry',
      'retry',
      'give_up',
      'give_up',
    ]);
  });

  it.each(CLASSES.filter((name) => name !== 'infrastructure'))('gives up at once after %s', (failure) => {
    expect(retryDecision(failure, 0, 0)).toEqual({ event: 'give_up' });
  });

  it('doubles the longest delay with each fault: 5, 10, 20 seconds', () => {
    expect([0, 1, 2].map((charged) => retryDecision('infrastructure', charged, ALMOST_ONE))).toEqual([
      { event: 'retry', delayMs: 5_000 },
      { event: 'retry', delayMs: 10_000 },
      { event: 'retry', delayMs: 20_000 },
    ]);
  });

  it('draws the delay evenly between nothing and the longest one, so that tasks do not all come back at once', () => {
    expect([0, 0.25, 0.5, 0.75].map((random) => retryDecision('infrastructure', 1, random))).toEqual(
      [0, 2_500, 5_000, 7_500].map((delayMs) => ({ event: 'retry', delayMs })),
    );
  });

  it('has its numbers in docs/state-machine.md', async () => {
    expect(await readDocTable('state-machine.md', 'Retry setting')).toEqual([
      ['INFRASTRUCTURE_RETRIES_MAX', String(INFRASTRUCTURE_RETRIES_MAX), expect.any(String)],
      ['BACKOFF_FIRST_MS', String(BACKOFF_FIRST_MS), expect.any(String)],
      ['BACKOFF_MAX_MS', String(BACKOFF_MAX_MS), expect.any(String)],
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, type FailureClass } from './failure.ts';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  type FailedAttempt,
  INFRASTRUCTURE_RETRIES_MAX,
  MODEL_RETRIES_MAX,
  retryDecision,
} from './retry-policy.ts';
import { readDocTable } from './testing/read-doc-table.ts';

/** The largest number that a source of randomness gives. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;
const CLASSES = Object.keys(FAILURE_CLASSES) as FailureClass[];
const RETRIED_ON_WISH: readonly FailureClass[] = ['model_error', 'bad_output'];

function decide(attempt: Partial<FailedAttempt>, random = 0) {
  const first = { failure: 'infrastructure', isLost: false, infrastructureFaults: 0, modelFaults: 0, modelRetriesMax: 0 } as const;
  return retryDecision({ ...first, ...attempt }, random);
}

const faults = (infrastructureFaults: number, random: number, isLost = false) => decide({ infrastructureFaults, isLost }, random);

describe('the decision to retry', () => {
  it('tries a fault of the machine three times again, then gives up', () => {
    expect([0, 1, 2, 3, 4].map((charged) => faults(charged, 0.5).event)).toEqual(['retry', 'retry', 'retry', 'give_up', 'give_up']);
  });

  it.each(CLASSES.filter((name) => name !== 'infrastructure'))('gives up at once after %s, unless the model asks otherwise', (failure) => {
    expect(decide({ failure })).toEqual({ event: 'give_up' });
  });

  it.each(CLASSES.filter((name) => !RETRIED_ON_WISH.includes(name) && name !== 'infrastructure'))(
    'gives up after %s, whatever the model asks for: it would come again',
    (failure) => {
      expect(decide({ failure, modelRetriesMax: MODEL_RETRIES_MAX })).toEqual({ event: 'give_up' });
    },
  );

  it.each(RETRIED_ON_WISH)('tries %s as often again as the model asks for, and no matter what machines did', (failure) => {
    const outcomes = [0, 1, 2].map((modelFaults) =>
      decide({ failure, modelFaults, modelRetriesMax: 2, infrastructureFaults: 3 }, ALMOST_ONE),
    );
    expect(outcomes).toEqual([
      { event: 'retry', charge: 'model', delayMs: 5_000 },
      { event: 'retry', charge: 'model', delayMs: 10_000 },
      { event: 'give_up' },
    ]);
    expect(decide({ modelFaults: 5, modelRetriesMax: 0 }).event).toBe('retry');
  });

  it('doubles the longest delay with each fault: 5, 10, 20 seconds, and at most 5 minutes', () => {
    const delays = [0, 1, 2].map((charged) => faults(charged, ALMOST_ONE));
    expect(delays).toEqual([5_000, 10_000, 20_000].map((delayMs) => ({ event: 'retry', charge: 'infrastructure', delayMs })));
    const late = decide({ failure: 'model_error', modelFaults: 50, modelRetriesMax: 99 }, ALMOST_ONE);
    expect(late).toMatchObject({ delayMs: BACKOFF_MAX_MS });
  });

  it('tries a task again at once whose consumer fell silent, but only the first time', () => {
    const delays = [0, 1, 2].map((charged) => faults(charged, ALMOST_ONE, true));
    expect(delays).toEqual([0, 10_000, 20_000].map((delayMs) => ({ event: 'retry', charge: 'infrastructure', delayMs })));
  });

  it('draws the delay evenly between nothing and the longest one, so that tasks do not all come back at once', () => {
    expect([0, 0.25, 0.5, 0.75].map((random) => faults(1, random))).toEqual(
      [0, 2_500, 5_000, 7_500].map((delayMs) => ({ event: 'retry', charge: 'infrastructure', delayMs })),
    );
  });

  it('has its numbers in docs/state-machine.md', async () => {
    expect(await readDocTable('state-machine.md', 'Retry setting')).toEqual([
      ['INFRASTRUCTURE_RETRIES_MAX', String(INFRASTRUCTURE_RETRIES_MAX), expect.any(String)],
      ['MODEL_RETRIES_MAX', String(MODEL_RETRIES_MAX), expect.any(String)],
      ['BACKOFF_FIRST_MS', String(BACKOFF_FIRST_MS), expect.any(String)],
      ['BACKOFF_MAX_MS', String(BACKOFF_MAX_MS), expect.any(String)],
    ]);
  });
});

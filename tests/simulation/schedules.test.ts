import { describe, expect, it } from 'vitest';
import { FAULTS } from './schedule.ts';
import { simulateRange } from './simulate-range.ts';

/** Schedules of one run of the tests; `npm run simulate` runs as many as one likes. */
const SCHEDULES = 10_000;
/** So long they may take, in milliseconds, on a machine with other things to do. */
const TIME_MAX_MS = 15 * 60_000;

describe('simulated installations', () => {
  it(
    `lose no accepted task and serve no wrong result, in ${SCHEDULES} schedules of faults`,
    async () => {
      expect(FAULTS.length).toBeGreaterThanOrEqual(12);
      await simulateRange({ first: 1, count: SCHEDULES });
    },
    TIME_MAX_MS,
  );
});

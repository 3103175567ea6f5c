import fc from 'fast-check';
import { runSchedule } from './run-schedule.ts';
import { schedules } from './schedule.ts';
import type { Trace } from './world/silent-log.ts';

/** A failure is made smaller for so long at most, in milliseconds. */
const SHRINK_MS = 60_000;

type Options = { readonly trace?: Trace; readonly isShrunk?: boolean };

/** Runs the schedules of the seeds from `first` on, so many; throws the first that fails, made as small as time allows, with its seed. */
export async function runSchedules(first: number, count: number, { trace = null, isShrunk = true }: Options = {}): Promise<void> {
  const limit = Error.stackTraceLimit;
  // Thousands of connections break in a schedule: the stacks of their errors would cost more than all else. A failure is replayed with a trace.
  if (trace === null) Error.stackTraceLimit = 0;
  try {
    for (let seed = first; seed < first + count; seed++) {
      const property = fc.asyncProperty(schedules, (schedule) => runSchedule(schedule, trace));
      await fc.assert(property, { seed, numRuns: 1, endOnFailure: !isShrunk, interruptAfterTimeLimit: SHRINK_MS });
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
}

import { writeFile } from 'node:fs/promises';
import { readRanges } from '../simulation/recorded-ranges.ts';
import { LEFT_OUT, ROWS } from './all-rows.ts';
import { readTally } from './kill/tally.ts';
import { REPORT, RESULTS, TALLY } from './places.ts';
import { report } from './report.ts';
import { readResults } from './results.ts';

/** Writes docs/fault-report.md from what is kept of all runs. */
export async function writeReport(): Promise<void> {
  const [results, tally, ranges] = await Promise.all([readResults(RESULTS), readTally(TALLY), readRanges()]);
  await writeFile(REPORT, report(ROWS, LEFT_OUT, { results, tally, ranges }));
}

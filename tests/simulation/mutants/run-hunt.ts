import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALL_PREY } from './all-prey.ts';
import { type HuntOptions, huntMutants } from './hunt-mutants.ts';
import { mutantReport } from './mutant-report.ts';
import { tellHunted } from './tell-hunted.ts';

/** Where the report is written. */
export const REPORT = join(import.meta.dirname, '..', '..', '..', 'docs', 'mutants.md');

type RunOptions = HuntOptions & {
  /** Only mutants whose names contain this. */
  readonly only: string;
  /** Whether the report is written. */
  readonly isWritten: boolean;
};

/** Hunts the mutants and tells of each. Answers the exit code: 0 where all were caught. */
export async function runHunt(options: RunOptions): Promise<number> {
  const beganMs = performance.now();
  const prey = ALL_PREY.filter(({ mutant }) => mutant.name.includes(options.only));
  const hunted = await huntMutants(prey, options, (one) => process.stdout.write(tellHunted(one)));
  const minutes = (performance.now() - beganMs) / 60_000;
  const missed = hunted.filter(({ caught }) => caught === null).length;
  process.stdout.write(`${hunted.length} mutants in ${minutes.toFixed(1)} min, ${missed} of them not caught\n`);
  if (options.isWritten) await writeFile(REPORT, mutantReport(hunted, { ...options, minutes }));
  return missed > 0 || hunted.length === 0 ? 1 : 0;
}

import { DEVICE_MUTANTS } from './device-mutants.ts';
import { DEVICE_SQL_MUTANTS } from './device-sql-mutants.ts';
import type { Prey } from './hunt-mutants.ts';
import { MUTANTS } from './mutants.ts';
import { SQL_MUTANTS } from './sql-mutants.ts';

/** Every mutant, with what must see it. */
export const ALL_PREY: readonly Prey[] = [
  ...[...MUTANTS, ...DEVICE_MUTANTS].map((mutant): Prey => ({ mutant, in: 'schedules' })),
  ...[...SQL_MUTANTS, ...DEVICE_SQL_MUTANTS].map((mutant): Prey => ({ mutant, in: 'scenarios' })),
];

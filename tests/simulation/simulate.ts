import { parseArgs } from 'node:util';
import { writeReport } from '../faults/write-report.ts';
import { runHunt } from './mutants/run-hunt.ts';
import { recordRange } from './recorded-ranges.ts';
import { runSchedules } from './run-schedules.ts';
import { FAULTS } from './schedule.ts';
import { simulateRange } from './simulate-range.ts';

const USAGE = `npm run simulate -- [--schedules N] [--seed S] [--no-shrink] [--trace] [--record] [--mutants]

Runs N schedules (1000), those of the seeds from S (1) on, on all cores. One that fails is told with its seed: --seed SEED --schedules 1 runs it
again, and --trace shows all that happens in it. --record notes the range in docs/fault-report.md. With --mutants the product is broken on
purpose: as npm run simulate:mutants, which has more options.
`;
/** Scenarios on Postgres that a mutant of SQL is tried in at most. */
const MUTANT_SCENARIOS = 2_000;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [count, first] = [Number(values.schedules), Number(values.seed)];
if (values.help || !(count > 0) || !Number.isInteger(first)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
if (values.mutants) process.exit(await runHunt({ schedules: count, scenarios: MUTANT_SCENARIOS, seed: first, only: '', isWritten: false }));
const trace = values.trace ? (line: string) => void process.stdout.write(`${line}\n`) : null;
const beganMs = performance.now();
try {
  if (trace !== null) await runSchedules(first, count, { trace, isShrunk: false });
  else await simulateRange({ first, count }, { isShrunk: !values['no-shrink'] });
  const seconds = Number(((performance.now() - beganMs) / 1000).toFixed(1));
  process.stdout.write(`${count} schedules with ${FAULTS.length} kinds of fault in ${seconds} s, no broken invariant\n`);
  if (values.record) {
    await recordRange({ first, count, seconds });
    await writeReport();
  }
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

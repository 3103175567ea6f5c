import { parseArgs } from 'node:util';
import { runHunt } from './mutants/run-hunt.ts';

const USAGE = `npm run simulate:mutants -- [--schedules N] [--scenarios N] [--seed S] [--only WORDS] [--write]

Breaks a copy of the product on purpose, one line at a time, and has the simulator find each: in N schedules (10000), or N scenarios on a real
Postgres (2000), from the seed S (1) on. Prints the seed that showed it and what that broke. --only takes those whose names have these words;
--write writes docs/mutants.md.
`;
const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    scenarios: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [schedules, scenarios, seed] = [Number(values.schedules), Number(values.scenarios), Number(values.seed)];
if (values.help || !(schedules > 0) || !(scenarios > 0) || !Number.isInteger(seed)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
process.exitCode = await runHunt({ schedules, scenarios, seed, only: values.only, isWritten: values.write });

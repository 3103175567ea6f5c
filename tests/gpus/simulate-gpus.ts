import { parseArgs } from 'node:util';
import { comparePolicies, type Figures } from './compare-policies.ts';
import { judge } from './judge.ts';

const USAGE = `npm run simulate:gpus -- [--tasks N] [--seeds N]

Plays N tasks (6000) on a machine of 8 GPUs at loads of 0.60 and 0.75 of it, each with N seeds (5): first come first served, whoever fits starts,
and the product's own allocator. Ends with 1 when the last does not keep at 0.75 what is promised of it.
`;
/** The load at which the promise is held to. */
const JUDGED_LOAD = 0.75;
const LOADS = [0.6, JUDGED_LOAD];

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '6000' },
    seeds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
const [count, seedCount] = [Number(values.tasks), Number(values.seeds)];
if (values.help || !(count > 0) || !(seedCount > 0)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
const seeds = Array.from({ length: seedCount }, (_, at) => at + 1);
process.stdout.write('| Load | Policy | Use | 1-GPU wait p50/p95, s | 8-GPU wait p50/p95/max, s |\n|---|---|---|---|---|\n');
for (const load of LOADS) {
  const compared = comparePolicies({ count, load, seeds });
  for (const [name, figures] of Object.entries(compared)) process.stdout.write(row(load, name, figures));
  const missed = load === JUDGED_LOAD ? judge(compared) : [];
  for (const sentence of missed) process.stdout.write(`MISSED at load ${load}: ${sentence}\n`);
  if (missed.length > 0) process.exitCode = 1;
}

function row(load: number, name: string, { use, oneP50, oneP95, eightP50, eightP95, eightMax }: Figures): string {
  const waits = (...seconds: readonly number[]) => seconds.map((value) => value.toFixed(0)).join('/');
  return `| ${load.toFixed(2)} | ${name} | ${use.toFixed(3)} | ${waits(oneP50, oneP95)} | ${waits(eightP50, eightP95, eightMax)} |\n`;
}

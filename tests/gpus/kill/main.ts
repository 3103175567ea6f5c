import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { GpuLab } from '../lab/gpu-lab.ts';
import { playKills } from './play-kills.ts';

const USAGE = `npm run gpus:kill -- [--tasks N] [--seed N]

Runs N tasks (500) that ask for one to eight GPUs, drawn from the seed, on two machines of eight: real services and real containers, in place of the
driver a script. A consumer is killed every few seconds. Ends with 1 when a GPU had two tasks at once, or a task had no right result.
`;
/** Seeds are drawn below this. */
const SEEDS_END = 2 ** 31;

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(randomInt(SEEDS_END)) },
    help: { type: 'boolean', default: false },
  },
});
const [tasks, seed] = [Number(values.tasks), Number(values.seed)];
if (values.help || !Number.isInteger(tasks) || tasks < 1 || !Number.isInteger(seed)) {
  process.stdout.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
process.stdout.write(`${tasks} tasks, seed ${seed}\n`);
await using lab = await GpuLab.open({ nodes: 2, gpusEach: 8 });
const { faults, kills, attempts, tookMs } = await playKills(lab, { tasks, seed });
for (const fault of faults) process.stdout.write(`FAULT  ${fault}\n`);
process.stdout.write(`${tasks} tasks in ${(tookMs / 1000).toFixed(0)} s, ${kills} kills, ${attempts} attempts, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

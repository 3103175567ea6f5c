// Tasks for random numbers of GPUs, on machines whose consumers are killed: `npm run gpus:kill` plays more of them.

import { has } from '@inference/testing';
import { expect, it } from 'vitest';
import { playKills } from './kill/play-kills.ts';
import { GpuLab } from './lab/gpu-lab.ts';

/** What a test run can afford: about a minute where nothing else runs. */
const TASKS = 30;
const SEED = 1;
/** So long it may take, in milliseconds, on a machine with other things to do. */
const LONGEST_MS = 900_000;

it.skipIf(!has('docker', 'busybox', 'root', 'rabbitmq'))(
  'tasks for one to eight GPUs each end once and right, and no GPU has two at once, while one consumer after the other is killed',
  async () => {
    await using lab = await GpuLab.open({ nodes: 2, gpusEach: 8 });
    const { faults, kills, attempts, tookMs } = await playKills(lab, { tasks: TASKS, seed: SEED });
    process.stdout.write(`${TASKS} tasks in ${(tookMs / 1000).toFixed(0)} s, ${kills} kills, ${attempts} attempts\n`);
    expect(faults).toEqual([]);
    expect(kills).toBeGreaterThan(1);
  },
  LONGEST_MS,
);

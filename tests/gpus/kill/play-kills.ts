import { setTimeout as pause } from 'node:timers/promises';
import { nobodyAtLastTry } from '../../faults/kill/nobody-at-last-try.ts';
import type { Sent } from '../../faults/stage/client.ts';
import { Random } from '../../simulation/world/random.ts';
import type { GpuLab } from '../lab/gpu-lab.ts';
import { findFaults } from './find-faults.ts';
import { watchLeases } from './watch-leases.ts';

/** Between two kills, in milliseconds, beside the start of what was killed. */
const PAUSE_MS = { least: 500, most: 2_500 };
/** How long a model runs, in seconds: most of them are short, and some are there still when their consumer is back. */
const SHORT_SECONDS = { least: 0.05, most: 0.5 };
const LONG_SECONDS = { least: 2, most: 8 };
const LONG_SHARE = 0.25;
/** So many send side by side. */
const SENDERS = 4;
const LOOK_MS = 200;
/** Where no further task has ended for so long, those that are left never will, in milliseconds. */
const STANDSTILL_MS = 180_000;

export type KillPlan = { readonly tasks: number; readonly seed: number };

/** What became of it. `faults`: what was not as it must be, in sentences. */
export type Killed = {
  readonly faults: readonly string[];
  readonly kills: number;
  /** What the tasks took in all: those above their number were lost with a consumer. */
  readonly attempts: number;
  /** From the first task to the end of the last one, in milliseconds. */
  readonly tookMs: number;
};

/** Sends tasks for one to all GPUs of a machine, drawn from a seed, and kills one consumer after the other until all of them have ended. */
export async function playKills(lab: GpuLab, { tasks, seed }: KillPlan): Promise<Killed> {
  const { db } = lab.stage;
  const random = new Random(seed);
  const most = Math.max(...lab.nodes.map(({ uuids }) => uuids.length));
  const sharedLeases = await watchLeases(db);
  const plan = Array.from({ length: tasks }, () => orderOf(random, most));
  const startMs = performance.now();
  const sending = sendAll(lab, plan);
  const over = new AbortController();
  const killing = killInTurn(lab, random, over.signal);
  const ending = untilAllEnded(lab, tasks).finally(() => over.abort());
  const [sent, , kills] = await Promise.all([sending, ending, killing]);
  const tookMs = performance.now() - startMs;
  const faults = await findFaults(lab, sent, sharedLeases);
  return { faults, kills, attempts: await db.attempt.count(), tookMs };
}

type Planned = { readonly gpus: number; readonly seconds: number };

function orderOf(random: Random, most: number): Planned {
  const gpus = 1 + random.below(most);
  return { gpus, seconds: between(random.chance(LONG_SHARE) ? LONG_SECONDS : SHORT_SECONDS, random.next()) };
}

async function sendAll(lab: GpuLab, plan: readonly Planned[]): Promise<Sent[]> {
  const left = plan.values();
  const sent: Sent[] = [];
  const sender = async () => {
    for (const order of left) sent.push(await lab.send(order));
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return sent;
}

/** Answers how many kills that were; afterwards all of them run again. */
async function killInTurn({ nodes, stage }: GpuLab, random: Random, over: AbortSignal): Promise<number> {
  for (let kills = 0; ; kills++) {
    await pause(between(PAUSE_MS, random.next()));
    await nobodyAtLastTry(stage.db);
    const node = nodes[kills % nodes.length];
    if (over.aborted || node === undefined) return kills;
    await node.consumer.kill();
    await node.consumer.start().ready();
  }
}

async function untilAllEnded({ stage }: GpuLab, tasks: number): Promise<void> {
  for (let [ended, atMs] = [0, performance.now()]; ended < tasks; await pause(LOOK_MS)) {
    const now = await stage.db.task.count({ where: { state: { in: ['succeeded', 'failed', 'cancelled'] } } });
    if (now > ended) [ended, atMs] = [now, performance.now()];
    else if (performance.now() - atMs > STANDSTILL_MS)
      throw new Error(`${ended} of ${tasks} tasks have ended, and then none in ${STANDSTILL_MS / 1000} s`);
  }
}

function between({ least, most }: { least: number; most: number }, drawn: number): number {
  return least + drawn * (most - least);
}

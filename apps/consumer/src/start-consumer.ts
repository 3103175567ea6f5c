import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsumerInfo } from '@inference/contracts';
import type { Pool } from '@inference/domain';
import type { ModelRuntime, RuntimeHealth } from '@inference/runtime';
import { type Loop, startLoop } from '@inference/service';
import type { Deps } from './deps.ts';
import { type ServedLane, serveLane } from './serve-lane.ts';
import { ATTEMPTS, folderName } from './steps/make-folders.ts';

/** How often a consumer says hello when nothing changed, in looks at its runtimes. */
const HELLO_LOOKS = 12;
/** What is said of runtimes that have no trouble, ... */
const WELL = '{}';
/** ... and what is logged of others. */
export const NOT_WELL = 'a runtime is not well: nothing is claimed for it';

export type RunningConsumer = {
  /** What was wrong with its runtimes when it started, by pool, for whoever starts it to tell; what changes later is logged here. */
  readonly trouble: ConsumerInfo['trouble'];
  /** Claims nothing more; lets what runs finish for a while, then hands it back. */
  drain(): Promise<void>;
  /** Hands back what runs, at once. */
  handBack(): void;
};

/** Starts a consumer: cleans up after its earlier boots, says hello, then claims and runs until it is drained. */
export async function startConsumer(deps: Deps): Promise<RunningConsumer> {
  const runtimes = [...new Set(deps.lanes.map((lane) => lane.runtime))];
  const lanes = deps.lanes.map((lane) => serveLane(deps, lane));
  // Nothing of an earlier boot can be live: this process holds the folder.
  await rm(join(deps.workFolder, ATTEMPTS), { recursive: true, force: true });
  await mkdir(join(deps.workFolder, ATTEMPTS), { recursive: true });
  // What is below is readable for the users that models run as; that nobody else gets here is what guards it.
  await chmod(deps.workFolder, 0o700);

  const health = watchHealth(deps, lanes);
  const sweep = sweepOrphans(deps, runtimes, lanes);
  await sweep.runOnce();
  const trouble = await health.start();
  const poll: Loop = {
    name: 'ask-for-work',
    intervalMs: deps.timing.idlePollMs,
    runOnce: async () => {
      for (const lane of lanes) lane.wake();
    },
  };
  const stops = [health.loop, sweep, poll].map((loop) => startLoop(loop, deps));

  return {
    trouble,
    handBack: () => {
      for (const lane of lanes) lane.handBack();
    },
    drain: async () => {
      const cancel = deps.clock.after(deps.timing.drainMs, () => {
        for (const lane of lanes) lane.handBack();
      });
      await Promise.all([...lanes.map((lane) => lane.stopClaiming()), ...stops.map((stop) => stop())]);
      await Promise.all(lanes.map((lane) => lane.idle()));
      cancel();
    },
  };
}

type HealthWatch = { readonly loop: Loop; start(): Promise<ConsumerInfo['trouble']> };

/** Looks at the runtimes; lanes whose runtime is not well are closed, and everybody who waits is told why. */
function watchHealth(deps: Deps, lanes: readonly ServedLane[]): HealthWatch {
  let told = WELL;
  let looks = 0;
  const look = async () => {
    const trouble = await findTrouble(deps);
    const text = JSON.stringify(trouble);
    const isNew = text !== told;
    if (isNew || looks % HELLO_LOOKS === 0) await hello(deps, trouble);
    told = text;
    looks += 1;
    for (const lane of lanes) {
      lane.setOpen(trouble[lane.pool] === undefined);
      lane.wake();
    }
    return { trouble, isNew };
  };
  const runOnce = async () => {
    const { trouble, isNew } = await look();
    if (!isNew) return;
    if (told === WELL) deps.log.info('all runtimes are well again');
    else deps.log.warn({ trouble }, NOT_WELL);
  };
  return { loop: { name: 'watch-runtimes', intervalMs: deps.timing.healthMs, runOnce }, start: async () => (await look()).trouble };
}

/** What is wrong with the runtime of each pool, where something is. */
async function findTrouble(deps: Deps): Promise<ConsumerInfo['trouble']> {
  const looks = new Map<ModelRuntime, Promise<RuntimeHealth>>();
  for (const { runtime } of deps.lanes) if (!looks.has(runtime)) looks.set(runtime, runtime.check());
  const trouble: Partial<Record<Pool, string>> = { ...deps.trouble };
  for (const { pool, runtime } of deps.lanes) {
    const health = await looks.get(runtime);
    if (health?.ok === false) trouble[pool] = health.reason;
  }
  return trouble;
}

function hello(deps: Deps, trouble: ConsumerInfo['trouble']): Promise<void> {
  const { consumerId, bootId, lanes, gpuUuids, folderModels } = deps;
  return deps.control.hello({ consumerId, bootId, trouble, gpus: gpuUuids.length, pools: lanes.map((lane) => lane.pool), folderModels });
}

function sweepOrphans(deps: Deps, runtimes: readonly ModelRuntime[], lanes: readonly ServedLane[]): Loop {
  return {
    name: 'sweep-orphans',
    intervalMs: deps.timing.sweepMs,
    async runOnce() {
      const folders = await readdir(join(deps.workFolder, ATTEMPTS));
      // After the folders were listed: one that is made from now on is not among them.
      const live = lanes.flatMap((lane) => lane.running());
      for (const runtime of runtimes) {
        if (!(await runtime.check()).ok) continue;
        const gone = await runtime.sweep(live);
        if (gone > 0) deps.log.warn({ gone }, 'removed what no running attempt owns');
      }
      const kept = new Set(live.map(folderName));
      for (const name of folders) if (!kept.has(name)) await rm(join(deps.workFolder, ATTEMPTS, name), { recursive: true, force: true });
    },
  };
}

import { join } from 'node:path';
import { type ConsumerInfo, type HelloAnswer, MESSAGE_LIMITS } from '@inference/contracts';
import type { Pool } from '@inference/domain';
import type { ModelRuntime, RuntimeHealth } from '@inference/runtime';
import { ATTEMPTS } from '@inference/runtime';
import { type Loop, startLoop, TearDown } from '@inference/service';
import type { Deps } from './deps.ts';
import { diskTrouble } from './disk-trouble.ts';
import { readJournals } from './journal/read-journals.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { type ServedLane, serveLane } from './serve-lane.ts';

/** How often a consumer says hello when nothing changed, in looks at its runtimes. */
const HELLO_LOOKS = 12;
type Holding = HelloAnswer['leftovers'][number];

/** What is said of runtimes that have no trouble, ... */
const WELL = '{}';
const NOT_SWEPT = 'what earlier starts left cannot all be removed yet: pools whose engine keeps some of it get no work until it can';
/** ... and what is logged of others. */
export const NOT_WELL = 'some pools are not well: nothing is claimed for them';

export type RunningConsumer = {
  /** What was wrong when it started, by pool, for whoever starts it to tell; what changes later is logged here. */
  readonly trouble: ConsumerInfo['trouble'];
  /** What was wrong when it was last looked at. */
  troubleNow(): ConsumerInfo['trouble'];
  /** Claims nothing more; lets what runs finish for a while, then hands it back. */
  drain(): Promise<void>;
};

/**
 * Starts a consumer: goes on with what its earlier boots left running or unreported, cleans up after the rest, says hello, then claims and
 * runs until it is drained.
 *
 * To clean up and to say hello may take minutes: who is told to end meanwhile leaves no model running that nobody follows, says no hello and claims
 * nothing. Who was told before goes on with nothing, and one whose start fails ends nothing: both leave that to the next start.
 *
 * @param down is handed how to drain it, and how to hand back at once what runs
 * @returns null: it was told to end before it had started
 */
export async function startConsumer(
  deps: Deps,
  down: Pick<TearDown, 'add' | 'hasBegun'> = new TearDown(),
): Promise<RunningConsumer | null> {
  const lanes = deps.lanes.map((lane) => serveLane(deps, lane));
  // What is below is readable for the users that models run as; that nobody else gets here is what guards it.
  await deps.disk.makeFolder(deps.workFolder, 0o700);
  await deps.disk.makeFolder(join(deps.workFolder, ATTEMPTS));
  const entries = await readJournals(deps);
  if (down.hasBegun) return null;
  // Without a pause from here on: what is gone on with can be drained.
  for (const entry of entries) {
    if (!lanes.some((lane) => lane.pool === entry.pool && lane.adopt(entry))) {
      const { taskUid, attempt } = entry.claimed;
      deps.log.warn({ taskUid, attempt, pool: entry.pool }, 'an attempt of an earlier start has no slot any more: the task is run again');
    }
  }

  const stops: (() => Promise<void>)[] = [];
  const stopping = new AbortController();
  let hasFailed = false;
  const handBack = () => {
    if (hasFailed) return;
    for (const lane of lanes) lane.handBack();
  };
  const drain = async () => {
    if (hasFailed) return;
    stopping.abort();
    const cancel = deps.clock.after(deps.timing.drainMs, handBack);
    await Promise.all([...lanes.map((lane) => lane.stopClaiming()), ...stops.map((stop) => stop())]);
    await Promise.all(lanes.map((lane) => lane.idle()));
    cancel();
  };
  down.add(drain, handBack);

  const sweep = new OrphanSweep(deps, lanes);
  await sweep.loop.runOnce(stopping.signal).catch((error: unknown) => deps.log.error({ err: error }, NOT_SWEPT));
  const health = watchHealth(deps, lanes, sweep);
  const trouble = await health.start(stopping.signal).catch((error: unknown) => {
    hasFailed = true;
    throw error;
  });
  if (stopping.signal.aborted) return null;
  const poll: Loop = {
    name: 'ask-for-work',
    intervalMs: deps.timing.idlePollMs,
    runOnce: async () => {
      for (const lane of lanes) lane.wake();
    },
  };
  const watches = deps.devices === null ? [] : [deps.devices.loop];
  for (const loop of [health.loop, sweep.loop, poll, ...watches]) stops.push(startLoop(loop, deps));
  return { trouble, troubleNow: health.now, drain };
}

type HealthWatch = { readonly loop: Loop; start(stop: AbortSignal): Promise<ConsumerInfo['trouble']>; now(): ConsumerInfo['trouble'] };

/** Looks at the runtimes and the disk; lanes whose runtime is not well are closed, and everybody who waits is told why. */
function watchHealth(deps: Deps, lanes: readonly ServedLane[], sweep: OrphanSweep): HealthWatch {
  let told = WELL;
  let restTold = '';
  let now: ConsumerInfo['trouble'] = {};
  /** What holds devices here and is nobody's, as far as was told: of earlier boots, or lost. */
  let leftovers: HelloAnswer['leftovers'] = [];
  let looks = 0;
  const look = async (stop?: AbortSignal) => {
    const trouble = await findTrouble(deps, lanes, sweep);
    // A first hello without what is kept for the next start would have that given up for lost.
    if (stop?.aborted) return { trouble, isNew: false };
    // Before anybody is told: while the private API is away, a claim may be answered before a hello is.
    for (const lane of lanes) if (trouble[lane.pool] !== undefined) lane.setOpen(false);
    const text = JSON.stringify(trouble);
    const isNew = text !== told;
    const gone = sweep.isDone ? leftovers : [];
    const rest = JSON.stringify(deps.node());
    if (isNew || rest !== restTold || gone.length > 0 || looks % HELLO_LOOKS === 0) {
      leftovers = await hello(deps, lanes, { trouble, gone });
      // What the first hello was told can be answered at once.
      if (leftovers.length > 0 && gone.length === 0 && sweep.isDone) leftovers = await hello(deps, lanes, { trouble, gone: leftovers });
    }
    [told, restTold] = [text, rest];
    now = trouble;
    looks += 1;
    for (const lane of lanes) {
      const opens = trouble[lane.pool] === undefined && !lane.isOpen();
      lane.setOpen(trouble[lane.pool] === undefined);
      // Who was open is woken by rings and the idle poll: a claim at each look would be most of what idle consumers ask of the database.
      if (opens) lane.wake();
    }
    return { trouble, isNew };
  };
  const runOnce = async (stop?: AbortSignal) => {
    const { trouble, isNew } = await look(stop);
    if (!isNew) return;
    if (told === WELL) deps.log.info('all pools are well again');
    else deps.log.warn({ trouble }, NOT_WELL);
  };
  return {
    loop: { name: 'watch-runtimes', intervalMs: deps.timing.healthMs, runOnce },
    start: async (stop) => (await look(stop)).trouble,
    now: () => now,
  };
}

/** Lets go of models' files that nothing here needs while the disk is too full for work; answers why it is still, for people, or null. */
async function makeRoom(deps: Deps, lanes: readonly ServedLane[]): Promise<string | null> {
  const inUse = lanes.flatMap((lane) => lane.holding()).flatMap(({ model }) => model.zip?.sha256 ?? []);
  for (let full = await diskTrouble(deps); ; full = await diskTrouble(deps)) {
    if (full === null) return null;
    try {
      if (!(await deps.modelFiles.letGoOfOldest(inUse))) return full;
    } catch (error) {
      return `${full} Files of models that it does not need cannot be removed (${(error as NodeJS.ErrnoException).code ?? 'fault'}).`;
    }
  }
}

/** Why pools get no work, where they do not: what is wrong with their runtimes, or with themselves. */
async function findTrouble(deps: Deps, lanes: readonly ServedLane[], sweep: OrphanSweep): Promise<ConsumerInfo['trouble']> {
  const looks = new Map<ModelRuntime, Promise<RuntimeHealth>>();
  for (const { runtime } of deps.lanes) if (!looks.has(runtime)) looks.set(runtime, sweep.readiness(runtime));
  const trouble: Partial<Record<Pool, string>> = { ...deps.trouble };
  const full = await makeRoom(deps, lanes);
  const lost = gpuTrouble(deps);
  for (const lane of lanes) {
    const own = full ?? lane.trouble() ?? (lane.pool === 'docker-gpu' ? lost : null);
    if (own !== null) trouble[lane.pool] = own;
  }
  for (const { pool, runtime } of deps.lanes) {
    const health = await looks.get(runtime);
    if (health?.ok === false) trouble[pool] = health.reason;
  }
  return trouble;
}

/** Why no GPU can be given out, for people; null: one can, or there are none. */
function gpuTrouble(deps: Deps): string | null {
  const { devices } = deps.node();
  const [first] = devices;
  if (first === undefined || devices.some(({ trouble }) => trouble === null)) return null;
  return `None of its ${devices.length} GPUs can be used now. ${first.uuid}: ${first.trouble}`;
}

async function hello(
  deps: Deps,
  lanes: readonly ServedLane[],
  now: Pick<ConsumerInfo, 'trouble' | 'gone'>,
): Promise<HelloAnswer['leftovers']> {
  const { consumerId, bootId, gpuUuids, folderModels } = deps;
  const held = lanes.flatMap((lane) => lane.holding());
  const isHeld = ({ taskUid, attempt }: Holding) => held.some((one) => one.taskUid === taskUid && one.attempt === attempt);
  const gone = now.gone.filter((one) => !isHeld(one));
  for (const lane of lanes) lane.giveUp(gone);
  const holding = held.slice(0, MESSAGE_LIMITS.holdingMax).map(({ taskUid, attempt }) => ({ taskUid, attempt }));
  const pools = deps.lanes.map((lane) => lane.pool);
  const { leftovers } = await deps.control.hello({
    ...{ consumerId, bootId, trouble: now.trouble, gpus: gpuUuids.length, pools },
    ...{ node: deps.node(), gone, folderModels, holding },
  });
  return leftovers.filter((one) => !isHeld(one));
}

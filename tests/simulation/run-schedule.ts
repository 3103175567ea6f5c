import { type Fault, HARMLESS, type Schedule, type Step } from './schedule.ts';
import type { Trace } from './world/silent-log.ts';
import { World } from './world/world.ts';

const DAY_MS = 86_400_000;
const CALM = new Set<Fault>(HARMLESS);

/** Runs a schedule to its end; throws what was broken, and after which step. */
export async function runSchedule(schedule: Schedule, trace: Trace = null): Promise<void> {
  const world = new World(schedule.seed, trace);
  const bugs: string[] = [];
  const onBug = (error: unknown) => bugs.push(`a promise was rejected and nobody heard: ${error instanceof Error ? error.stack : error}`);
  process.on('unhandledRejection', onBug);
  try {
    await world.start();
    for (const [number, step] of schedule.steps.entries()) {
      trace?.(`--- step ${number}: ${JSON.stringify(step)}`);
      await take(world, step, schedule.faults);
      complain([...bugs, ...world.broken()], () => `after step ${number}, ${JSON.stringify(step)}`);
    }
    trace?.('--- all faults are over');
    complain([...(await world.finish(isCalm(schedule))), ...bugs], () => 'after all faults were over');
  } finally {
    process.off('unhandledRejection', onBug);
  }
}

/** Whether nothing happens that may cost an attempt. */
function isCalm({ steps, faults }: Schedule): boolean {
  return steps.every((step) => step.kind !== 'fault' || !faults.includes(step.fault) || CALM.has(step.fault));
}

function complain(broken: readonly string[], when: () => string): void {
  if (broken.length > 0) throw new Error(`${when()}: ${broken.slice(0, 5).join('; ')}`);
}

async function take(world: World, step: Step, faults: readonly Fault[]): Promise<void> {
  const { clients, timeline } = world;
  switch (step.kind) {
    case 'submit':
      void clients.submit(step.behaviour);
      break;
    case 'fault':
      if (faults.includes(step.fault)) bring(world, step);
      break;
    case 'pass':
      await timeline.pass(step.ms);
      return;
    default:
      void clients[step.kind](step.at);
  }
  await timeline.pass(1);
}

function bring(world: World, { fault, at, lastsMs }: Step & { kind: 'fault' }): void {
  const { api, broker, storeFaults, timeline } = world;
  const consumer = world.consumers[at % world.consumers.length];
  if (consumer === undefined) return;
  const lasting = <Faults extends object>(faults: Faults, change: Partial<Faults>) => {
    const before = Object.fromEntries(Object.keys(change).map((name) => [name, Reflect.get(faults, name)]));
    Object.assign(faults, change);
    timeline.after(lastsMs, () => {
      // What healed or began anew meanwhile ends with that.
      for (const name of Object.keys(change))
        if (Reflect.get(faults, name) === Reflect.get(change, name))
          Reflect.set(faults, name, typeof before[name] === 'number' ? 0 : false);
    });
  };
  /** Half of what kills comes when it harms most: when a model has just ended. */
  const strike = (kill: () => void) => {
    if ((at & 2) === 0) kill();
    else consumer.engine.atNextEnd = kill;
  };
  const bringing: Record<Fault, () => void> = {
    'kill-api': () => strike(() => api.kill(at)),
    'freeze-api': () => api.freeze(at, lastsMs),
    'api-power-cut': () => strike(() => api.cutPower()),
    'kill-consumer': () => strike(() => consumer.kill()),
    'freeze-consumer': () => consumer.freeze(lastsMs),
    'consumer-power-cut': () => strike(() => consumer.cutPower()),
    'drain-consumer': () => void consumer.drain((at & 4) === 0),
    'consumer-machine-lost': () => strike(() => world.lose(consumer)),
    'broker-down': () => lasting(broker.faults, { isDown: true }),
    'broker-drops': () => lasting(broker.faults, { drops: true }),
    'broker-doubles': () => lasting(broker.faults, { doubles: true }),
    'broker-delays': () => lasting(broker.faults, { delays: true }),
    'broker-wiped': () => broker.wipe(),
    'store-away': () => lasting(storeFaults, { isAway: true }),
    'store-loses-before': () => lasting(storeFaults, { lostBefore: 0.2 }),
    'store-loses-after': () => lasting(storeFaults, { lostAfter: 0.2 }),
    'network-cut': () => lasting(consumer.link, { isCut: true }),
    'network-slow': () => lasting(consumer.link, { isSlow: true }),
    'network-loses-replies': () => lasting(consumer.link, { losesReplies: true }),
    'model-killed': () => consumer.engine.killOne(),
    'engine-down': () => lasting(consumer.engine, { isDown: true }),
    'engine-loses-replies': () => lasting(consumer.engine, { losesReplies: true }),
    'clock-jump': () => {
      world.jumpClock(at % 2 === 0 ? DAY_MS : -DAY_MS);
    },
    'api-disk-full': () => lasting(api.disk, { isFull: true }),
    'consumer-disk-full': () => lasting(consumer.disk, { isFull: true }),
  };
  bringing[fault]();
}

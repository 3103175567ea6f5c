import type { Pool } from '@inference/domain';
import type { Listener, TaskQueue } from '@inference/queue';
import type { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What the broker does to rings. */
export type BrokerFaults = { isDown: boolean; drops: boolean; doubles: boolean; delays: boolean };

/** Rings that wait in one pool's queue; with more, the oldest goes. */
const RINGS_WAITING_MAX = 256;
/** A ring that is delayed comes so much later at most, in milliseconds: others overtake it. */
const DELAY_MS = 20_000;
/** A broker that is away says so after so long, in milliseconds. */
const REFUSAL_MS = 2_000;

type Ear = {
  readonly life: ProcessLife;
  readonly pool: Pool;
  readonly onRing: (uid: string) => Promise<void>;
  listening: boolean;
  busy: string | null;
};

/** A broker that may drop, double, delay and reorder what it is given, and forget everything. */
export class SimulatedBroker {
  readonly faults: BrokerFaults = { isDown: false, drops: false, doubles: false, delays: false };
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #waiting = new Map<Pool, string[]>();
  #ears: Ear[] = [];
  /** By task: when its last ring was refused, in milliseconds, and how many are under way. */
  readonly #refused = new Map<string, number>();
  readonly #underWay = new Map<string, number>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  /** The queue as a process sees it. */
  seenBy(life: ProcessLife): TaskQueue {
    return {
      ring: (pool, uid) => this.#ring(life, pool, uid),
      listen: (pool, onRing) => this.#listen(life, pool, onRing),
      health: () => (this.faults.isDown ? { ok: false, reason: 'The broker is away.' } : { ok: true }),
      close: async () => {
        this.#ears = this.#ears.filter((ear) => ear.life !== life);
      },
    };
  }

  /** When the last ring of a task was refused, in milliseconds; tasks of which one is under way are not among them. */
  refusals(): ReadonlyMap<string, number> {
    return new Map([...this.#refused].filter(([uid]) => (this.#underWay.get(uid) ?? 0) === 0));
  }

  /** Forgets every ring. */
  wipe(): void {
    this.#waiting.clear();
  }

  async #ring(life: ProcessLife, pool: Pool, uid: string): Promise<void> {
    const count = (by: number) => this.#underWay.set(uid, (this.#underWay.get(uid) ?? 0) + by);
    count(1);
    // One of a process that dies is never answered: nobody learns what became of it.
    await life.ask(() => this.#take(pool, uid), this.faults.isDown ? REFUSAL_MS : 0).finally(() => count(-1));
  }

  #take(pool: Pool, uid: string): void {
    if (this.faults.isDown) {
      this.#refused.set(uid, this.#timeline.nowMs);
      throw new Error('The broker is away.');
    }
    this.#refused.delete(uid);
    if (this.faults.drops && this.#random.chance(0.7)) return;
    const times = this.faults.doubles && this.#random.chance(0.5) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const delayMs = this.faults.delays ? this.#random.below(DELAY_MS) : 1;
      this.#timeline.after(delayMs, () => this.#put(pool, uid));
    }
  }

  #put(pool: Pool, uid: string): void {
    const waiting = this.#waiting.get(pool) ?? [];
    this.#waiting.set(pool, waiting);
    waiting.push(uid);
    if (waiting.length > RINGS_WAITING_MAX) waiting.shift();
    this.#handOver(pool);
  }

  #listen(life: ProcessLife, pool: Pool, onRing: Ear['onRing']): Listener {
    const ear: Ear = { life, pool, onRing, listening: true, busy: null };
    this.#ears.push(ear);
    return {
      pause: () => {
        ear.listening = false;
      },
      resume: () => {
        ear.listening = true;
        this.#timeline.after(0, () => this.#handOver(pool));
      },
      close: async () => {
        this.#ears = this.#ears.filter((other) => other !== ear);
      },
    };
  }

  #handOver(pool: Pool): void {
    this.#dropDead();
    const waiting = this.#waiting.get(pool) ?? [];
    while (!this.faults.isDown) {
      const ear = this.#ears.find((one) => one.pool === pool && one.listening && one.busy === null);
      const uid = ear === undefined ? undefined : waiting.shift();
      if (ear === undefined || uid === undefined) return;
      // The one that heard longest ago hears next.
      this.#ears = [...this.#ears.filter((one) => one !== ear), ear];
      ear.busy = uid;
      ear.life.when(() => void this.#deliver(ear, uid));
    }
  }

  async #deliver(ear: Ear, uid: string): Promise<void> {
    await ear.onRing(uid);
    ear.busy = null;
    this.#handOver(ear.pool);
  }

  /** What a dead process had not acknowledged goes to others. */
  #dropDead(): void {
    const dead = this.#ears.filter((ear) => !ear.life.isAlive);
    if (dead.length === 0) return;
    this.#ears = this.#ears.filter((ear) => ear.life.isAlive);
    for (const { pool, busy } of dead) if (busy !== null) this.#timeline.after(1, () => this.#put(pool, busy));
  }
}

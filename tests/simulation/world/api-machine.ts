import { openDiskFileStore } from '@inference/files';
import { allLoops, createLocalNews, DEFAULT_SETTINGS, type Deps, directControlPlane, OneAtATime, TaskFeeds } from '@inference/private-api';
import { startLoop } from '@inference/service';
import type { RunningApi } from './network.ts';
import { ProcessLife } from './process-life.ts';
import { logTo } from './silent-log.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { storeSeenBy } from './simulated-store.ts';
import { zipCheckerSeenBy } from './simulated-zips.ts';
import type { WorldParts } from './world-parts.ts';

/** Where the files lie. */
export const FILES = '/files';
/** A private API that was killed is started again after so long at most, in milliseconds. */
const RESTART_MS = 8_000;

type Slot = { running: RunningApi | null; life: ProcessLife | null };

/** The machine that the private APIs run on, side by side, with the files that they share. */
export class ApiMachine {
  readonly disk: SimulatedDisk;
  readonly #parts: WorldParts;
  readonly #slots: Slot[];
  #disturbances = 0;

  constructor(parts: WorldParts, count: number) {
    this.#parts = parts;
    this.disk = new SimulatedDisk(parts.timeline, parts.random, FILES);
    this.#slots = Array.from({ length: count }, () => ({ running: null, life: null }));
  }

  start(): void {
    for (const slot of this.#slots) void this.#start(slot);
  }

  /** Those that serve, frozen ones too. */
  running(): RunningApi[] {
    return this.#slots.flatMap(({ running }) => running ?? []);
  }

  /** How often one of them was killed or frozen. */
  get disturbances(): number {
    return this.#disturbances;
  }

  /** Whether all of them run, and nothing is wrong with their disk. */
  get isCalm(): boolean {
    return !this.disk.isFull && this.#slots.every(({ running, life }) => running !== null && life?.isStopped === false);
  }

  kill(at: number): void {
    const slot = this.#slots[at % this.#slots.length];
    if (slot !== undefined) this.#kill(slot);
  }

  freeze(at: number, ms: number): void {
    const life = this.#slots[at % this.#slots.length]?.life;
    this.#disturbances += 1;
    life?.freeze();
    this.#parts.timeline.after(ms, () => life?.thaw());
  }

  cutPower(): void {
    for (const slot of this.#slots) this.#kill(slot);
    this.disk.cutPower();
  }

  #kill(slot: Slot): void {
    this.#disturbances += 1;
    slot.life?.kill();
    slot.running = null;
    slot.life = null;
    const { timeline, random } = this.#parts;
    timeline.after(500 + random.below(RESTART_MS), () => void this.#start(slot));
  }

  async #start(slot: Slot): Promise<void> {
    const { timeline, random, broker, store, storeFaults, newId, trace } = this.#parts;
    if (slot.life !== null) return;
    const life = new ProcessLife(timeline);
    slot.life = life;
    const log = logTo(trace, `api-${this.#slots.indexOf(slot)}`, () => timeline.nowMs);
    try {
      const { clock } = life;
      const seen = storeSeenBy(life, store, { random, faults: storeFaults });
      const news = createLocalNews(clock);
      const deps: Deps = {
        store: seen,
        files: await openDiskFileStore(FILES, this.disk.seenBy(life), newId),
        queue: broker.seenBy(life),
        news,
        feeds: new TaskFeeds({ store: seen, news, clock, log }),
        zips: zipCheckerSeenBy(life, this.disk),
        clock,
        newId,
        random: () => random.next(),
        decisions: new OneAtATime(),
        log,
        settings: { ...DEFAULT_SETTINGS, relayToken: 'relay' },
      };
      for (const loop of allLoops(deps)) startLoop(loop, { clock, log });
      slot.running = { life, deps, control: directControlPlane(deps) };
    } catch (error) {
      // A service that cannot start ends, and is started again.
      log.warn({ err: error }, 'could not start');
      this.#kill(slot);
    }
  }
}

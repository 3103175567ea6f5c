import { hash } from 'node:crypto';
import { INFRASTRUCTURE_RETRIES_MAX, type NewId } from '@inference/domain';
import type { Store } from '@inference/private-api';
import { registerModel } from '@inference/private-api/simulated';
import { brokenInvariants } from '../invariants/broken-invariants.ts';
import { filesAgree } from '../invariants/files-agree.ts';
import { modelsRunApart } from '../invariants/models-run-apart.ts';
import { RetriesWait } from '../invariants/retries-wait.ts';
import { createMemoryStore } from '../memory-store/create-memory-store.ts';
import type { StoredFiles, Tables } from '../tables.ts';
import { ApiMachine, FILES } from './api-machine.ts';
import { CalmTimes } from './calm-times.ts';
import { Clients, GPU_MODEL, MODEL } from './clients.ts';
import { ConsumerMachine } from './consumer-machine.ts';
import { lostAttempts, unknownImages, wronglyBlamed, wrongOutputs } from './ended-right.ts';
import { Network, type RunningApi } from './network.ts';
import { Random } from './random.ts';
import type { Trace } from './silent-log.ts';
import { SimulatedBroker } from './simulated-broker.ts';
import type { StoreFaults } from './simulated-store.ts';
import { WEIGHTS, zipOfText } from './simulated-zips.ts';
import { streamOf } from './stream-of.ts';
import { Timeline } from './timeline.ts';
import type { WorldParts } from './world-parts.ts';

/** What the clock of the database shows when a world begins, in milliseconds since 1970. */
const BEGAN_MS = Date.UTC(2030, 0, 1);
const APIS = 2;
const SLOTS = 2;
/** Half of the worlds have so many GPUs in each machine. */
const GPUS = 3;
/** Ids have so many characters, and begin with one of so many numbers: their order says nothing. */
const ID_CHARS = 43;
const ID_NUMBERS = 2 ** 31;
/** A model that hangs is stopped after so long, in milliseconds: later than a holder that is silent loses its lease. */
const TIME_LIMIT_MS = 40_000;
/** ... and one that does nothing, after so long. */
const HANG_MS = 15_000;
/** What is left to do when the faults are over must be done within so long, in milliseconds ... */
const QUIET_MAX_MS = 30 * 60_000;
/** ... and is looked at so often. */
const QUIET_LOOK_MS = 5_000;
/** After everything has ended, what is left behind must go within so long, in milliseconds. */
const SWEPT_MS = 130_000;
/** A whole installation, simulated: the real services and the real consumer, on machines with faults. */
export class World {
  readonly timeline = new Timeline();
  readonly api: ApiMachine;
  readonly consumers: readonly ConsumerMachine[];
  readonly clients: Clients;
  readonly broker: SimulatedBroker;
  readonly storeFaults: StoreFaults = { isAway: false, lostBefore: 0, lostAfter: 0 };
  readonly random: Random;
  readonly #memory: ReturnType<typeof createMemoryStore>;
  readonly #calmTimes = new CalmTimes();
  readonly #retriesWait = new RetriesWait();

  constructor(seed: number, trace: Trace = null) {
    const { timeline } = this;
    const random = new Random(seed);
    this.random = random;
    this.#memory = createMemoryStore({ nowMs: () => BEGAN_MS + timeline.nowMs });
    this.broker = new SimulatedBroker(timeline, random);
    const store: Store = this.#memory;
    const parts: WorldParts = {
      timeline,
      random,
      broker: this.broker,
      store,
      storeFaults: this.storeFaults,
      newId: countedIds(seed),
      trace,
    };
    this.api = new ApiMachine(parts, APIS);
    const network = new Network(timeline, random, () => this.api.running());
    const gpus = random.chance(0.5) ? GPUS : 0;
    this.consumers = ['alpha', 'beta'].map((name) => new ConsumerMachine(parts, { network, name, slots: SLOTS, gpus }));
    this.clients = new Clients(timeline, { random, network, haveGpus: gpus > 0 });
  }

  /** Starts everything, and registers the model. */
  async start(): Promise<void> {
    this.api.start();
    await this.timeline.pass(1_000);
    const [api] = this.api.running();
    if (api === undefined) throw new Error('No private API has started.');
    void this.#registerModels(api);
    for (const consumer of this.consumers) void consumer.start();
    await this.timeline.pass(1_000);
  }

  async #registerModels({ deps }: RunningApi): Promise<void> {
    for (const [humanReadableId, useGpu] of [
      [MODEL, false],
      [GPU_MODEL, true],
    ] as const) {
      const upload = await deps.files.receive(streamOf(zipOfText(WEIGHTS)), 1_000);
      const zip = { upload, name: 'weights.zip' };
      const model = { humanReadableId, image: 'group/echo:1', description: '', useGpu, loosened: [], retriesMax: 0, zip };
      await registerModel(
        deps,
        { ...model, limits: { timeMs: TIME_LIMIT_MS, hangMs: HANG_MS } },
        { owner: 'admin', key: null, requestId: null },
      );
    }
  }

  /** What does not hold now and must at every moment. */
  broken(): string[] {
    return [...this.clients.wrongs, ...this.#brokenTables(), ...this.#models(), ...this.#late()];
  }

  /** Looks at the tasks that have changed, and not while a change may yet be undone: what holds of a task is about its own rows. */
  #brokenTables(): string[] {
    const tables = this.#memory.dumpChanged();
    if (tables === null) return [];
    this.#retriesWait.see(tables);
    return [...brokenInvariants(tables), ...this.#kept(tables), ...overBudget(tables)];
  }

  /** What takes too long in calm times. */
  #late(): string[] {
    const uids = this.consumers.flatMap(({ engine }) => engine.containers().map(({ key }) => key.split('/')[0] ?? ''));
    const refusals = this.broker.refusals();
    const tables = this.#memory.dumpHeld([...uids, ...refusals.keys()]);
    if (tables === null) return [];
    const { isAway, lostBefore, lostAfter } = this.storeFaults;
    const areServicesCalm = this.api.isCalm && !isAway && lostBefore === 0 && lostAfter === 0;
    const { disturbances } = this.api;
    return this.#calmTimes.broken(tables, this.#machines(), { areServicesCalm, disturbances, refusals, ms: this.timeline.nowMs });
  }

  /**
   * Ends all faults and waits until everything accepted has ended and is cleaned up; says what has not, or is wrong then.
   *
   * @param isCalm nothing has happened that may cost an attempt
   */
  async finish(isCalm: boolean): Promise<string[]> {
    this.heal();
    const late: string[] = [];
    const pass = async () => {
      await this.timeline.pass(QUIET_LOOK_MS);
      late.push(...this.broken());
    };
    for (let waitedMs = 0; waitedMs < QUIET_MAX_MS && late.length === 0 && this.#unended().length > 0; waitedMs += QUIET_LOOK_MS)
      await pass();
    if (late.length > 0) return late;
    const unended = this.#unended();
    if (unended.length > 0) return [`these did not end within ${QUIET_MAX_MS / 60_000} minutes: ${unended.join(', ')}`];
    for (let waitedMs = 0; waitedMs < SWEPT_MS && (waitedMs === 0 || this.#unfinished().length > 0); waitedMs += QUIET_LOOK_MS)
      await pass();
    const tables = this.tables();
    const { tasks } = this.clients;
    const lateClosings = this.consumers.reduce((sum, { engine }) => sum + engine.lateClosings, 0);
    return [
      ...late,
      ...brokenInvariants(tables),
      ...this.#kept(tables),
      ...this.#lost(tables),
      ...wrongOutputs(tables, tasks, (key) => this.api.disk.contentOf(`${FILES}/${key}`)?.toString()),
      ...unknownImages(tables),
      ...this.#retriesWait.broken(),
      ...wronglyBlamed(tables, tasks),
      ...this.#unfinished(),
      ...(isCalm ? lostAttempts(tables, tasks, lateClosings) : []),
    ];
  }

  /** Ends what lasts. */
  heal(): void {
    Object.assign(this.storeFaults, { isAway: false, lostBefore: 0, lostAfter: 0 });
    Object.assign(this.broker.faults, { isDown: false, drops: false, doubles: false, delays: false });
    this.api.disk.isFull = false;
    for (const { link, engine, disk } of this.consumers) {
      Object.assign(link, { isCut: false, isSlow: false, losesReplies: false });
      Object.assign(engine, { isDown: false, losesReplies: false });
      engine.atNextEnd = null;
      disk.isFull = false;
    }
  }

  /** Loses a machine of a consumer for good, unless it is the last one. */
  lose(machine: ConsumerMachine): void {
    if (this.#machines().length > 1) machine.lose();
  }

  /** The machines of consumers that are not lost. */
  #machines(): ConsumerMachine[] {
    return this.consumers.filter(({ isLost }) => !isLost);
  }

  /** Lets the wall clock of the database jump. */
  jumpClock(ms: number): void {
    this.#memory.skewMs += ms;
  }

  tables(): Tables {
    return this.#memory.dump();
  }

  /** What users were told holds: a task whose cancel was confirmed has not succeeded, ... */
  #kept({ task: rows }: Tables): string[] {
    const succeeded = new Set(rows.flatMap(({ uid, state }) => (state === 'succeeded' ? [uid] : [])));
    return this.clients.tasks.flatMap(({ uid, cancelled }) =>
      cancelled && succeeded.has(uid) ? [`the task ${uid} has succeeded after its cancel was confirmed`] : [],
    );
  }

  /** ... and every accepted one is there. */
  #lost({ task: rows }: Tables): string[] {
    const uids = new Set(rows.map(({ uid }) => uid));
    return this.clients.tasks.flatMap(({ uid }) => (uids.has(uid) ? [] : [`the accepted task ${uid} is gone`]));
  }

  /** What engines were asked for and never may be, and models that run where they must not. */
  #models(): string[] {
    const containers = this.consumers.flatMap(({ engine }) => engine.containers());
    const wrongs = this.consumers.flatMap(({ engine }) => engine.wrongs);
    return [...wrongs, ...modelsRunApart(containers, (uuid) => this.#memory.holderOf(uuid))];
  }

  #unended(): string[] {
    const ended = new Set(['succeeded', 'failed', 'cancelled']);
    const tasks = this.tables().task.flatMap(({ uid, state }) => (ended.has(state) ? [] : [`${uid} (${state})`]));
    return this.clients.submitting === 0 ? tasks : [...tasks, `${this.clients.submitting} submits`];
  }

  /** What attempts have left behind, and purges that a fault cut short: the next sweep, and the next pass, deal with them. */
  #unfinished(): string[] {
    const left = this.#machines().flatMap(({ engine, disk }) => [
      ...engine.containers().map(({ key }) => `the container of ${key} was not removed`),
      ...disk.filesBelow('/consumer/attempts').map((path) => `${path} was not removed`),
    ]);
    const held = this.#machines().flatMap(({ gpuUuids }) =>
      gpuUuids.filter((uuid) => this.#memory.holderOf(uuid) !== null).map((uuid) => `${uuid} was not given back`),
    );
    return [...left, ...held, ...filesAgree(this.tables(), this.#files()).map((text) => `filesAgree: ${text}`)];
  }

  #files(): StoredFiles {
    return new Map(
      this.api.disk.filesBelow(FILES).map((path) => {
        const content = this.api.disk.contentOf(path) ?? Buffer.alloc(0);
        return [path.slice(FILES.length + 1), { bytes: content.length, sha256: hash('sha256', content) }];
      }),
    );
  }
}

/** No task is tried again more often than its budget allows. */
function overBudget(tables: Tables): string[] {
  return tables.task.flatMap(({ id, infrastructure_faults: faults }) =>
    faults > INFRASTRUCTURE_RETRIES_MAX ? [`task ${id} was tried again after ${faults} faults`] : [],
  );
}

/** Ids that look as the real ones do, the same for the same seed. */
function countedIds(seed: number): NewId {
  const random = new Random(seed);
  let count = 0;
  return () => `${random.below(ID_NUMBERS).toString(36)}-${count++}`.padEnd(ID_CHARS, 'X');
}

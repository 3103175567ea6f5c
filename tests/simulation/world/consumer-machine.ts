import {
  DEFAULT_TIMING,
  type Deps,
  type Lane,
  ModelFiles,
  NO_OUTPUT_DISKS,
  type RunningConsumer,
  startConsumer,
} from '@inference/consumer';
import type { DeviceInfo } from '@inference/contracts';
import { OUTPUT_LIMITS } from '@inference/domain';
import type { ModelRuntime } from '@inference/runtime';
import { controlPlaneOver } from './control-plane-over.ts';
import type { LinkFaults, Network } from './network.ts';
import { ProcessLife } from './process-life.ts';
import { logTo } from './silent-log.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { zipsSeenBy } from './simulated-zips.ts';
import type { WorldParts } from './world-parts.ts';

/** Where a consumer works. */
const WORK = '/consumer';
const MODEL_FILES_BYTES_MAX = 1e9;
const CAPACITY = { cpuMillis: 8_000, memoryBytes: 64e9, shmBytes: 64e9, scratchBytes: 1e12 } as const;
/** A consumer that was killed is started again after so long at most, in milliseconds. */
const RESTART_MS = 15_000;
/** One that is told to end and is killed before it has: after so long at most, in milliseconds. Its models have some of that to end by themselves. */
const CUT_SHORT_MS = 22_000;

/** A machine with a consumer, its engine and its disk. */
export class ConsumerMachine {
  readonly disk: SimulatedDisk;
  readonly engine: SimulatedEngine;
  readonly link: LinkFaults = { isCut: false, isSlow: false, losesReplies: false };
  readonly #parts: WorldParts;
  readonly #network: Network;
  readonly #name: string;
  readonly #slots: number;
  readonly #gpuUuids: readonly string[];
  /** New with each start of the machine. */
  #bootId = '';
  #life: ProcessLife | null = null;
  #consumer: RunningConsumer | null = null;
  #isLost = false;

  constructor(parts: WorldParts, { network, name, slots, gpus }: { network: Network; name: string; slots: number; gpus: number }) {
    this.#parts = parts;
    this.#network = network;
    this.#name = name;
    this.#slots = slots;
    this.#gpuUuids = Array.from({ length: gpus }, (_, at) => `${name}-gpu-${at}`);
    this.disk = new SimulatedDisk(parts.timeline, parts.random, WORK);
    this.#bootId = parts.newId();
    this.engine = new SimulatedEngine(parts.timeline, parts.random, { disk: this.disk, slots });
  }

  get gpuUuids(): readonly string[] {
    return this.#gpuUuids;
  }

  get name(): string {
    return this.#name;
  }

  /** Whether it will never be there again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether its consumer runs, and nothing is wrong with it, its engine, its disk and its way to the private APIs. */
  get isCalm(): boolean {
    const { isCut, isSlow, losesReplies } = this.link;
    const isWell = !(this.engine.isDown || this.engine.losesReplies || this.disk.isFull || isCut || isSlow || losesReplies);
    return this.#consumer !== null && this.#life?.isStopped === false && isWell;
  }

  async start(): Promise<void> {
    const { timeline, broker, newId, trace } = this.#parts;
    if (this.#life !== null || this.#isLost) return;
    const life = new ProcessLife(timeline);
    this.#life = life;
    const log = logTo(trace, this.#name, () => timeline.nowMs);
    const disk = this.disk.seenBy(life);
    const zips = zipsSeenBy(disk);
    const deps: Deps = {
      consumerId: this.#name,
      machineBootId: this.#bootId,
      bootId: newId().replaceAll(/[^A-Za-z0-9]/g, 'x'),
      control: controlPlaneOver({ life, link: this.link, network: this.#network, disk }),
      queue: broker.seenBy(life),
      lanes: this.#lanes(this.engine.seenBy(life)),
      gpuUuids: this.#gpuUuids,
      devices: null,
      node: () => ({ labels: {}, capacity: CAPACITY, devices: this.#gpuUuids.map(deviceOf) }),
      workFolder: WORK,
      workFreeBytesMin: null,
      outputDisks: NO_OUTPUT_DISKS,
      disk,
      zips,
      modelFiles: new ModelFiles({ root: `${WORK}/models`, bytesMax: MODEL_FILES_BYTES_MAX, disk, zips }),
      folderModels: [],
      clock: life.clock,
      newId,
      log,
      outputLimits: OUTPUT_LIMITS,
      timing: DEFAULT_TIMING,
    };
    try {
      const consumer = await startConsumer(deps);
      if (this.#life === life) this.#consumer = consumer;
    } catch (error) {
      // A service that cannot start ends, and is started again.
      log.warn({ err: error }, 'could not start');
      if (this.#life === life) this.kill();
    }
  }

  #lanes(runtime: ModelRuntime): Lane[] {
    const plain: Lane = { pool: 'docker-cpu', slots: this.#slots, runtime };
    return this.#gpuUuids.length === 0 ? [plain] : [plain, { pool: 'docker-gpu', slots: this.#gpuUuids.length, runtime }];
  }

  kill(): void {
    this.#life?.kill();
    this.#life = null;
    this.#consumer = null;
    const { timeline, random } = this.#parts;
    timeline.after(500 + random.below(RESTART_MS), () => void this.start());
  }

  freeze(ms: number): void {
    const life = this.#life;
    life?.freeze();
    this.#parts.timeline.after(ms, () => life?.thaw());
  }

  /**
   * Like SIGTERM: it lets what runs end for a while, hands the rest back, and goes.
   *
   * @param isCutShort whoever told it waits a while only, and kills it then
   */
  async drain(isCutShort: boolean): Promise<void> {
    const life = this.#life;
    const kill = () => {
      if (life !== null && life === this.#life) this.kill();
    };
    const { timeline, random } = this.#parts;
    if (isCutShort) timeline.after(random.below(CUT_SHORT_MS), kill);
    await this.#consumer?.drain();
    kill();
  }

  /** It loses its power for good. */
  lose(): void {
    this.cutPower();
    this.#isLost = true;
  }

  cutPower(): void {
    this.kill();
    this.engine.cutPower();
    this.disk.cutPower();
    this.#bootId = this.#parts.newId();
  }
}

function deviceOf(uuid: string): DeviceInfo {
  return { uuid, name: 'Simulated card', memoryBytes: 80e9, kind: 'gpu', groups: [], trouble: null };
}

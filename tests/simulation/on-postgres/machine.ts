import type { ClaimedAttempt, DeviceInfo, HelloAnswer } from '@inference/contracts';
import { AppError } from '@inference/domain';
import { type Deps, directControlPlane } from '@inference/private-api';
import type { Shared } from './actor.ts';

type Named = HelloAnswer['leftovers'][number];

/** GPUs of each machine. */
const GPUS = 2;
const CAPACITY = { cpuMillis: 8_000, memoryBytes: 64e9, shmBytes: 64e9, scratchBytes: 1e12 } as const;

/** The machine of an actor: its GPUs, and what is said of them. Another actor may speak for the same one, as what is left of its last start does. */
export class Machine {
  readonly #deps: Deps;
  readonly #shared: Shared;
  readonly #random: () => number;
  readonly #consumerId: string;

  constructor(deps: Deps, shared: Shared, { consumerId, random }: { consumerId: string; random: () => number }) {
    this.#deps = deps;
    this.#shared = shared;
    this.#random = random;
    this.#consumerId = consumerId;
  }

  /**
   * Says hello; now and then one of the GPUs is in trouble then. What is told to be left of other boots is often removed, and said to be gone.
   *
   * @throws Error where it is told of what this boot has claimed and was never lost, or of what it holds
   */
  async greet(bootId: string, holding: readonly Named[]): Promise<void> {
    const { leftovers } = await this.#hello(bootId, holding, []);
    const held = new Set(holding.map(keyOf));
    for (const left of leftovers) {
      const isOwn = this.#shared.boots.get(keyOf(left)) === bootId;
      if (isOwn && !(await this.#shared.wasLost(left))) throw new Error(`${keyOf(left)}, of this very boot, was told to be left over`);
      if (held.has(keyOf(left))) throw new Error(`${keyOf(left)}, which is held, was told to be left over`);
    }
    if (leftovers.length === 0 || this.#random() < 0.3) return;
    for (const left of leftovers) this.#shared.cards.leave(left);
    await this.#hello(bootId, holding, leftovers);
  }

  /** Says of what runs on another machine that it is gone: nothing may come of it. */
  async forgeGone(bootId: string, foreign: Named): Promise<void> {
    await this.#hello(bootId, [], [foreign]);
  }

  async #hello(bootId: string, holding: readonly Named[], gone: readonly Named[]): Promise<HelloAnswer> {
    const uuids = Array.from({ length: GPUS }, (_, at) => `${this.#consumerId}-gpu-${at}`);
    const inTrouble = uuids.filter(() => this.#random() < 0.1);
    const devices = uuids.map((uuid) => deviceOf(uuid, inTrouble.includes(uuid)));
    return await this.#shared.cards.tell(this.#consumerId, inTrouble, () =>
      directControlPlane(this.#deps).hello({
        ...{ consumerId: this.#consumerId, bootId, pools: ['docker-cpu', 'docker-gpu'], gpus: GPUS, folderModels: [], trouble: {} },
        ...{ node: { labels: {}, capacity: CAPACITY, devices }, holding, gone },
      }),
    );
  }

  /** The model of an attempt ends, and that is told. */
  async free(lease: ClaimedAttempt): Promise<void> {
    this.#shared.cards.leave(lease);
    await directControlPlane(this.#deps).freeDevices(lease);
  }

  /** Tells with a wrong token that the model of an attempt has ended. @throws Error where that is not refused */
  async forgeFree(forged: ClaimedAttempt): Promise<void> {
    const answer = await directControlPlane(this.#deps)
      .freeDevices(forged)
      .then(
        () => 'heard',
        (error: unknown) => (error instanceof AppError && error.code === 'stale' ? 'refused' : Promise.reject(error)),
      );
    if (answer !== 'refused') throw new Error(`the devices of ${keyOf(forged)} were given back with a wrong token`);
  }
}

function deviceOf(uuid: string, isInTrouble: boolean): DeviceInfo {
  const trouble = isInTrouble ? 'It fell off the bus.' : null;
  return { uuid, name: 'Simulated card', memoryBytes: 80e9, kind: 'gpu', groups: [], trouble };
}

function keyOf({ taskUid, attempt }: Named): string {
  return `${taskUid}/${attempt}`;
}

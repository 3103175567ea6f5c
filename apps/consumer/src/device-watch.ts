import type { DeviceInfo } from '@inference/contracts';
import { type Clock, reasonOf } from '@inference/domain';
import type { DeviceSource } from '@inference/runtime';
import type { Log, Loop } from '@inference/service';
import { GpuMemoryWatch } from './gpu-memory-watch.ts';

/** The GPUs are looked at so often, in milliseconds. */
export const DEVICE_LOOK_MS = 60_000;
/** A GPU that was in trouble is given out again after so many looks in a row that find it well. */
export const GOOD_LOOKS = 2;

const GONE = 'The driver does not list it any more.';

type Watched = { info: DeviceInfo; goodLooks: number };
type WatchDeps = { readonly source: DeviceSource; readonly clock: Clock; readonly log: Log };

/**
 * Looks at the GPUs of a consumer again and again. One that is gone, or of which the driver reports a fault, or that cannot be looked at as
 * the driver hangs, is in trouble: told in the next hello, it is given to nobody until it was found well for a while. What runs on it goes on.
 */
export class DeviceWatch {
  readonly loop: Loop = { name: 'watch-gpus', intervalMs: DEVICE_LOOK_MS, runOnce: () => this.lookNow() };
  /** How much of their memory models use. */
  readonly memory: GpuMemoryWatch;
  readonly #deps: WatchDeps;
  readonly #watched: readonly Watched[];
  /** Those that the driver has told of: of others, such as a fixed list without nvidia-smi, it says nothing. */
  readonly #known: Set<string>;
  #looking: Promise<void> | null = null;

  constructor(devices: readonly DeviceInfo[], deps: WatchDeps) {
    this.#deps = deps;
    this.memory = new GpuMemoryWatch(deps);
    this.#watched = devices.map((info) => ({ info, goodLooks: 0 }));
    this.#known = new Set(devices.filter(({ memoryBytes, trouble }) => memoryBytes > 0 || trouble !== null).map(({ uuid }) => uuid));
  }

  /** The GPUs, and what is wrong with them. */
  now(): readonly DeviceInfo[] {
    return this.#watched.map(({ info }) => info);
  }

  /** Looks at them, unless a look is under way. */
  async lookNow(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    const found = await this.#deps.source.list().catch((error: unknown) => reasonOf(error));
    for (const watched of this.#watched) {
      const { uuid } = watched.info;
      const device = typeof found === 'string' ? undefined : found.find((one) => one.uuid === uuid);
      if (device !== undefined) this.#known.add(uuid);
      if (this.#known.has(uuid)) this.#judge(watched, device ?? { ...watched.info, trouble: lost(found) });
    }
  }

  #judge(watched: Watched, device: DeviceInfo): void {
    const { uuid, trouble } = device;
    const { trouble: before } = watched.info;
    watched.goodLooks = trouble === null ? watched.goodLooks + 1 : 0;
    if (trouble === null && watched.goodLooks < GOOD_LOOKS) return;
    if (trouble === before) return;
    // What the driver says of one in trouble may be wrong: its memory, say.
    watched.info = trouble === null ? device : { ...watched.info, trouble };
    if (trouble === null) this.#deps.log.info({ uuid }, 'a GPU is well again: it is given out as before');
    else if (before === null) this.#deps.log.warn({ uuid, trouble }, 'a GPU is in trouble: it is given to nobody until it is well');
  }
}

function lost(found: unknown): string {
  return typeof found === 'string' ? found : GONE;
}

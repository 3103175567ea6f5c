import { type Clock, reasonOf } from '@inference/domain';
import type { DeviceSource } from '@inference/runtime';
import type { Log } from '@inference/service';

/** The first look at the memory of the GPUs of a model, in milliseconds from its start; and the time between two looks. */
export const FIRST_LOOK_MS = 1_000;
export const LOOK_MS = 5_000;

type Followed = { readonly uuids: readonly string[]; peakBytes: number | null };
type WatchDeps = { readonly source: Pick<DeviceSource, 'memoryUsed'>; readonly clock: Clock; readonly log: Log };

/**
 * Looks at how much memory of GPUs is in use while models run on them: one look for all of them, however many run. A GPU is one model's alone, so
 * that what is used of it is the model's. A model that ends before the first look is not seen.
 */
export class GpuMemoryWatch {
  readonly #deps: WatchDeps;
  readonly #followed = new Set<Followed>();
  #cancel: (() => void) | null = null;
  #isLooking = false;
  #isTold = false;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Looks at these GPUs until it is disposed of. `peakBytes`: the most that was in use of one of them, in bytes; null: nobody could tell. */
  follow(uuids: readonly string[]): { readonly peakBytes: number | null; [Symbol.dispose](): void } {
    const followed: Followed = { uuids, peakBytes: null };
    if (uuids.length > 0) {
      this.#followed.add(followed);
      this.#lookIn(FIRST_LOOK_MS);
    }
    return {
      get peakBytes() {
        return followed.peakBytes;
      },
      [Symbol.dispose]: () => {
        this.#followed.delete(followed);
        if (this.#followed.size > 0) return;
        this.#cancel?.();
        this.#cancel = null;
      },
    };
  }

  /** Unless a look is near or under way: whoever comes then waits for the next. */
  #lookIn(ms: number): void {
    if (this.#isLooking) return;
    this.#cancel ??= this.#deps.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#cancel = null;
    this.#isLooking = true;
    try {
      const used = await this.#deps.source.memoryUsed();
      for (const followed of this.#followed) {
        const seen = followed.uuids.flatMap((uuid) => used.get(uuid) ?? []);
        if (seen.length > 0) followed.peakBytes = Math.max(followed.peakBytes ?? 0, ...seen);
      }
      this.#isTold = false;
    } catch (error) {
      // What is wrong with the GPUs the watch over them finds out; the model runs all the same.
      if (!this.#isTold) this.#deps.log.info({ reason: reasonOf(error) }, 'the memory of GPUs in use cannot be read');
      this.#isTold = true;
    }
    this.#isLooking = false;
    if (this.#followed.size > 0) this.#lookIn(LOOK_MS);
  }
}

import { join } from 'node:path';
import { reasonOf } from '@inference/domain';
import type { ModelRuntime, RuntimeHealth } from '@inference/runtime';
import { ATTEMPTS, folderName } from '@inference/runtime';
import type { Loop } from '@inference/service';
import type { Deps } from './deps.ts';
import type { ServedLane } from './serve-lane.ts';
import { removeFolders } from './steps/make-folders.ts';

/** Removes what no running attempt owns: containers and folders that an earlier process left. */
export class OrphanSweep {
  /** Sweeps all runtimes that are well, and the folders. */
  readonly loop: Loop;
  readonly #deps: Deps;
  readonly #lanes: readonly ServedLane[];
  /** Those that were well once since this process began: what is left of earlier ones is gone there. */
  readonly #swept = new Set<ModelRuntime>();

  constructor(deps: Deps, lanes: readonly ServedLane[]) {
    this.#deps = deps;
    this.#lanes = lanes;
    this.loop = { name: 'sweep-orphans', intervalMs: deps.timing.sweepMs, runOnce: (stop) => this.#runOnce(stop) };
  }

  /** Whether nothing of an earlier process runs any more, but for what this one goes on with. */
  get isDone(): boolean {
    return this.#deps.lanes.every(({ runtime }) => this.#swept.has(runtime));
  }

  /**
   * Whether a runtime can take work: it is well, and nothing of an earlier process is left there. An engine that was away when this process
   * began may still run a model of which nobody knows, in what is a free slot or GPU to us.
   */
  async readiness(runtime: ModelRuntime): Promise<RuntimeHealth> {
    const health = await runtime.check();
    if (!health.ok || this.#swept.has(runtime)) return health;
    try {
      await this.#sweep(runtime);
      return health;
    } catch (error) {
      return { ok: false, reason: `What an earlier process left cannot be removed yet: ${reasonOf(error)}` };
    }
  }

  /**
   * Folders go only once all runtimes were swept: in one that is removed while a model still writes there, a link may stand where a folder was.
   * What it has not come to when it is stopped is for the next start.
   */
  async #runOnce(stop?: AbortSignal): Promise<void> {
    const { disk, workFolder, lanes } = this.#deps;
    const folders = await disk.list(join(workFolder, ATTEMPTS));
    // After the folders were listed: one that is made from now on is not among them.
    const kept = new Set(this.#lanes.flatMap((lane) => [...lane.holding(), ...lane.kept()]).map(folderName));
    let areSwept = true;
    for (const runtime of new Set(lanes.map((lane) => lane.runtime))) {
      if (!stop?.aborted && (await runtime.check()).ok) await this.#sweep(runtime);
      else areSwept = false;
    }
    if (!areSwept) return;
    for (const name of folders) if (!stop?.aborted && !kept.has(name)) await this.#removeFolder(join(workFolder, ATTEMPTS, name));
  }

  /** One that cannot be removed keeps no other from it, and is tried again with the next sweep. */
  async #removeFolder(path: string): Promise<void> {
    try {
      await removeFolders(this.#deps, path);
    } catch (error) {
      this.#deps.log.warn({ err: error, path }, 'the folder of an attempt of an earlier process cannot be removed yet');
    }
  }

  async #sweep(runtime: ModelRuntime): Promise<void> {
    const gone = await runtime.sweep(this.#lanes.flatMap((lane) => lane.running()));
    this.#swept.add(runtime);
    if (gone > 0) this.#deps.log.warn({ gone }, 'removed what no running attempt owns');
  }
}

import type { ClaimedAttempt } from '@inference/contracts';
import { type AttemptRef, folderName } from '@inference/runtime';
import type { Deps, Lane } from './deps.ts';
import { tellDevicesFree } from './tell-devices-free.ts';

/** Of so many attempts that were called gone it is remembered: claims that bring one come within the time limit of a request. */
const GONE_MAX = 1_000;

type Hooks = {
  /** The private API knows that devices are free. */
  onFree(): void;
  /** Aborted when this consumer is about to end: what is not told soon, its next start tells. */
  readonly hurry: AbortSignal;
};

/**
 * The GPUs of one lane. Which attempt gets which is decided by the private API, and comes with the claim; here it is checked, and told when nothing
 * of an attempt's model runs any more. A lane without GPUs has none to give.
 */
export class LaneDevices {
  readonly #deps: Deps;
  readonly #needsSome: boolean;
  readonly #ours: ReadonlySet<string>;
  readonly #hooks: Hooks;
  readonly #holders = new Set<ClaimedAttempt>();
  readonly #tellings = new Set<Promise<void>>();
  /** By the names of their folders, the oldest first. */
  readonly #gone = new Set<string>();

  constructor(deps: Deps, { pool }: Lane, hooks: Hooks) {
    this.#deps = deps;
    this.#hooks = hooks;
    this.#needsSome = pool === 'docker-gpu';
    this.#ours = new Set(this.#needsSome ? deps.gpuUuids : []);
  }

  /** Whether an attempt could get one here: where all are held, no claim is worth its while. */
  get hasFree(): boolean {
    return !this.#needsSome || this.#held.size < this.#ours.size;
  }

  /** The private API is about to be told that nothing of these runs here: their devices will be others'. */
  giveUp(gone: readonly AttemptRef[]): void {
    for (const attempt of gone) this.#gone.add(folderName(attempt));
    for (const oldest of this.#gone) {
      if (this.#gone.size <= GONE_MAX) return;
      this.#gone.delete(oldest);
    }
  }

  /** Why an attempt cannot have what it was claimed with, for the log; null: it can. With devices of others, two models would share one. */
  refusal(claimed: ClaimedAttempt): string | null {
    const { gpuUuids } = claimed;
    if (this.#gone.has(folderName(claimed))) return 'the answer to its claim came after it had been called gone';
    if (this.#needsSome && gpuUuids.length === 0) return 'it came without a GPU';
    const strange = gpuUuids.find((uuid) => !this.#ours.has(uuid));
    if (strange !== undefined) return `${strange} is no GPU of this consumer`;
    const held = this.#held;
    const taken = gpuUuids.find((uuid) => held.has(uuid));
    return taken === undefined ? null : `${taken} is another attempt's here`;
  }

  /** Gives an attempt its devices, until the returned function is called: see `freeing`. */
  hold(claimed: ClaimedAttempt): () => void {
    this.#holders.add(claimed);
    return this.freeing(claimed);
  }

  /** What to call once nothing of an attempt's model runs any more; may be called twice. */
  freeing(claimed: ClaimedAttempt): () => void {
    let isFree = claimed.gpuUuids.length === 0;
    return () => {
      this.#holders.delete(claimed);
      if (isFree) return;
      isFree = true;
      this.#tell(claimed);
    };
  }

  /** Resolves when nothing is left to tell, or nothing more can be told in time. */
  async told(): Promise<void> {
    await Promise.all(this.#tellings);
  }

  get #held(): ReadonlySet<string> {
    return new Set([...this.#holders].flatMap(({ gpuUuids }) => gpuUuids));
  }

  #tell(claimed: ClaimedAttempt): void {
    const telling = tellDevicesFree(this.#deps, claimed, this.#hooks.hurry).then((isHeard) => {
      this.#tellings.delete(telling);
      if (isHeard) this.#hooks.onFree();
    });
    this.#tellings.add(telling);
  }
}

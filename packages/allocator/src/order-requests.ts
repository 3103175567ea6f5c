import { decayedUse, type Use } from './decayed-use.ts';

/** A second of a task without a GPU counts as so much of a GPU-second: many such tasks take their turns, too. */
export const CPU_TASK_SHARE = 1 / 16;

/** What of a waiting task decides about its turn. `runMs`: how long it is expected to run. */
export type Waiting = {
  readonly id: string;
  readonly owner: string;
  /** From `orderKey`. */
  readonly key: number;
  /** For all: as many as the largest node has. */
  readonly gpus: number;
  readonly runMs: number;
};

type Turn<T> = { readonly waiting: T; readonly use: number };

/**
 * The order in which tasks are to be served: always the next one of the owner who has used least, each owner's own tasks by their keys.
 * A task that has its turn counts for its owner as if it had run already. The order depends on no other: not on that of the list.
 *
 * @param uses by owner; who is not there has used nothing
 */
export function orderRequests<T extends Waiting>(list: readonly T[], uses: ReadonlyMap<string, Use>, nowMs: number): readonly T[] {
  const turns: Turn<T>[] = [];
  for (const [owner, own] of Map.groupBy(list, (waiting) => waiting.owner)) {
    const used = uses.get(owner);
    // Serving whoever has used least is sorting by what the owner will have used before each task: within an owner that only grows.
    let use = used === undefined ? 0 : decayedUse(used, nowMs);
    for (const waiting of own.toSorted(byKey)) {
      turns.push({ waiting, use });
      use += (Math.max(waiting.gpus, CPU_TASK_SHARE) * waiting.runMs) / 1000;
    }
  }
  return turns.sort((one, other) => one.use - other.use || byKey(one.waiting, other.waiting)).map(({ waiting }) => waiting);
}

function byKey(one: Waiting, other: Waiting): number {
  return one.key - other.key || (one.id < other.id ? -1 : 1);
}

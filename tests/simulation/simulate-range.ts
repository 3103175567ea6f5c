import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** The schedules of these seeds: so many, from the first on. */
export type Range = { readonly first: number; readonly count: number };
/** What became of a range: null where nothing was broken, else what was and with which seed. */
export type Done = { readonly broken: string | null };

/** A thread is given so many schedules at a time. */
const SCHEDULES_AT_A_TIME = 50;
/** What a schedule leaves is soon forgotten: with less room it would be taken for lasting, and looked through again and again. */
const YOUNG_MIB = 64;

/**
 * Runs the schedules of a range, on as many threads as there are cores, until one of them breaks something.
 *
 * @throws Error that says what was broken and with which seed, once no thread runs any more
 */
export async function simulateRange({ first, count }: Range, { isShrunk = true }: { isShrunk?: boolean } = {}): Promise<void> {
  const end = first + count;
  let next = first;
  const take = (): Range | null => {
    const range = { first: next, count: Math.min(SCHEDULES_AT_A_TIME, end - next) };
    next += range.count;
    return range.count > 0 ? range : null;
  };
  const runThread = async () => {
    const worker = new Worker(new URL('./schedule-worker.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    try {
      for (let range = take(); range !== null; range = take()) {
        worker.postMessage({ range, isShrunk });
        const [{ broken }] = (await once(worker, 'message')) as [Done];
        if (broken !== null) throw new Error(broken);
      }
    } catch (error) {
      // The other threads end with what they have in hand.
      next = end;
      throw error;
    } finally {
      await worker.terminate();
    }
  };
  const threads = Array.from({ length: Math.min(availableParallelism(), Math.ceil(count / SCHEDULES_AT_A_TIME)) }, runThread);
  const ended = await Promise.allSettled(threads);
  for (const thread of ended) if (thread.status === 'rejected') throw thread.reason;
}

import { setTimeout as wait } from 'node:timers/promises';
import { until } from '@inference/testing';

/** Between two looks, in milliseconds: a look here is a process or a request, and what is waited for needs the processor, too. */
const LOOK_MS = 250;

/** As `until`, for looks that cost something. */
export function untilSlowly<T>(what: string, look: () => Promise<T | null | undefined | false>, deadlineMs: number): Promise<T> {
  return until(
    what,
    async () => {
      const found = await look();
      if (found === null || found === undefined || found === false) await wait(LOOK_MS);
      return found;
    },
    deadlineMs,
  );
}

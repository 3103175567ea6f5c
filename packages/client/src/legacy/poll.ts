import { setTimeout as sleep } from 'node:timers/promises';

/** The original cannot let a client wait: it is asked so often at first, and half as often each time, in milliseconds. */
const FIRST_MS = 250;
const MOST_MS = 4_000;

/** Looks until there is something to see. */
export async function poll<Found>(look: () => Promise<Found | null>, signal: AbortSignal | undefined): Promise<Found> {
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 2)) {
    const found = await look();
    if (found !== null) return found;
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** Between two tries to connect, in milliseconds: the wait doubles from the first to the longest. */
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

/**
 * How long to wait before a try to connect, in milliseconds.
 *
 * @param attempt counts from 1
 * @param random from 0 up to 1: many clients of one broker must not come back at the same moment
 */
export function retryDelayMs(attempt: number, random: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  return delay / 2 + (delay / 2) * random;
}

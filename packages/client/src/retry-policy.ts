import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, TransportError } from './errors.ts';

/** How often something is tried in a row, the first time included: a server that starts anew is back by then. */
const TRIES_MAX = 12;
/** The same for a server that has never answered: its address may be wrong, and nobody should wait long to hear it. */
const TRIES_UNKNOWN_MAX = 3;
/** The wait after the first failure; each further one is twice as long, up to the longest. In milliseconds: 30 to 60 s altogether. */
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 8_000;
/** A server that asks for more patience than this gets an error shown instead, in milliseconds. */
const RETRY_AFTER_MAX_MS = 30_000;
/** Answers of a server, or of the proxy before it, that is not there just now. */
const PASSING = new Set([429, 502, 503, 504]);

/** Whether the same request may succeed a moment later. */
function isPassing(error: unknown): error is TransportError | ProblemError {
  if (error instanceof ProblemError) return PASSING.has(error.status) && (error.retryAfterMs ?? 0) <= RETRY_AFTER_MAX_MS;
  return error instanceof TransportError;
}

/** Whether to try once more after so many failures in a row. */
export function isWorthATry(error: unknown, failures: number, hasAnswered: boolean): error is TransportError | ProblemError {
  return isPassing(error) && failures < (hasAnswered ? TRIES_MAX : TRIES_UNKNOWN_MAX);
}

/** Waits before the next try. `failures` counts those in a row; `random` is from 0 to 1, so that many clients do not come back at once. */
export async function backOff(
  failures: number,
  error: unknown,
  options: { random: () => number; signal?: AbortSignal | undefined },
): Promise<void> {
  const asked = error instanceof ProblemError ? (error.retryAfterMs ?? 0) : 0;
  const own = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failures - 1)) * (0.5 + options.random() / 2);
  await sleep(Math.max(asked, own), undefined, options.signal === undefined ? {} : { signal: options.signal });
}

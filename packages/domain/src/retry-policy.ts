import { FAILURE_CLASSES, type FailureClass } from './failure.ts';

/** How many charged attempts may end as `infrastructure` before the task is given up. */
export const INFRASTRUCTURE_RETRIES_MAX = 3;
/** The first back-off, in milliseconds; it doubles with each further fault. */
export const BACKOFF_FIRST_MS = 5_000;
/** No back-off is longer than this, in milliseconds. */
export const BACKOFF_MAX_MS = 300_000;

export type RetryDecision = { readonly event: 'retry'; readonly delayMs: number } | { readonly event: 'give_up' };

/**
 * Retry or give up, for an attempt that failed.
 *
 * @param failure class of the failure
 * @param charged how many attempts of this task failed by infrastructure before this one
 * @param random a number from 0 up to 1 (full jitter: the delay is drawn evenly from 0 to the back-off)
 */
export function retryDecision(failure: FailureClass, charged: number, random: number): RetryDecision {
  if (!FAILURE_CLASSES[failure].retryable || charged >= INFRASTRUCTURE_RETRIES_MAX) return { event: 'give_up' };
  const backoffMs = Math.min(BACKOFF_FIRST_MS * 2 ** charged, BACKOFF_MAX_MS);
  return { event: 'retry', delayMs: Math.round(backoffMs * random) };
}

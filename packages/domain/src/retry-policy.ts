import { FAILURE_CLASSES, type FailureClass } from './failure.ts';

/** How many charged attempts may end as `infrastructure` before the task is given up. */
export const INFRASTRUCTURE_RETRIES_MAX = 3;
/** So often at most a model may ask that its own failures are tried again. */
export const MODEL_RETRIES_MAX = 5;
/** The first back-off, in milliseconds; it doubles with each further fault. */
export const BACKOFF_FIRST_MS = 5_000;
/** No back-off is longer than this, in milliseconds. */
export const BACKOFF_MAX_MS = 300_000;

/** An attempt that failed, and what came before it. */
export type FailedAttempt = {
  readonly failure: FailureClass;
  /** Its consumer fell silent: nobody reported the failure. */
  readonly isLost: boolean;
  /** How many attempts of this task failed by infrastructure before this one. */
  readonly infrastructureFaults: number;
  /** How many were tried again because the model asks for it. */
  readonly modelFaults: number;
  /** How often the model asks for that. */
  readonly modelRetriesMax: number;
};

/** `charge`: which of the two budgets the attempt counts towards. */
export type RetryDecision =
  | { readonly event: 'retry'; readonly charge: 'infrastructure' | 'model'; readonly delayMs: number }
  | { readonly event: 'give_up' };

/**
 * Retry or give up, for an attempt that failed.
 *
 * @param random a number from 0 up to 1 (full jitter: the delay is drawn evenly from 0 to the back-off)
 */
export function retryDecision(attempt: FailedAttempt, random: number): RetryDecision {
  const { retried } = FAILURE_CLASSES[attempt.failure];
  if (retried === 'no') return { event: 'give_up' };
  const isOurs = retried === 'yes';
  const before = isOurs ? attempt.infrastructureFaults : attempt.modelFaults;
  if (before >= (isOurs ? INFRASTRUCTURE_RETRIES_MAX : attempt.modelRetriesMax)) return { event: 'give_up' };
  // A machine that dies says nothing of the task; where a second one dies, the task may be why.
  const isFirstLoss = attempt.isLost && before === 0;
  const backoffMs = isFirstLoss ? 0 : Math.min(BACKOFF_FIRST_MS * 2 ** before, BACKOFF_MAX_MS);
  return { event: 'retry', charge: isOurs ? 'infrastructure' : 'model', delayMs: Math.round(backoffMs * random) };
}

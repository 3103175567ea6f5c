import type { AttemptRef } from '@inference/runtime';
import type { Deps } from './deps.ts';
import { pause } from './pause.ts';
import type { Remains } from './remains.ts';

/** Waits between tries to remove what an attempt left, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

export type RemoveOptions = {
  readonly remains: Remains;
  /** Called once, when the first try has failed. */
  onStuck(): void;
  /** Ends it with the try under way: the consumer stops, and its next start sweeps. */
  readonly hurry: AbortSignal;
};

/** Removes what an attempt left, again and again until nothing of it lives any more; says at which try that was so. */
export async function removeSurely(
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  { taskUid, attempt }: AttemptRef,
  { remains, onStuck, hurry }: RemoveOptions,
): Promise<'at_once' | 'late' | 'never'> {
  for (let waitMs = FIRST_WAIT_MS, isLate = false; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS), isLate = true) {
    try {
      await remains.remove();
      if (isLate) log.info({ taskUid, attempt }, 'what an attempt left is gone: its slot is free again');
      return isLate ? 'late' : 'at_once';
    } catch (error) {
      if (!remains.mayLive) {
        log.warn({ err: error, taskUid, attempt }, 'what an attempt left in its folder is removed by a later sweep');
        return isLate ? 'late' : 'at_once';
      }
      if (!isLate) {
        log.error({ err: error, taskUid, attempt }, 'what an attempt left may still live: its slot stays taken until that is gone');
        onStuck();
      }
    }
    if (hurry.aborted) return 'never';
    await pause(clock, waitMs, hurry);
  }
}

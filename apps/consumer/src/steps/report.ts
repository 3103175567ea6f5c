import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { AppError, type Outcome } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { faultFields } from '../fault-fields.ts';
import { API_FAULT_MS, isApiFault } from '../http-control-plane/is-api-fault.ts';
import type { Interrupter } from '../interruption.ts';
import { pause } from '../pause.ts';

/** Waits between tries to report, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A consumer keeps trying to report for so long (about a week); the task was tried again elsewhere long before. */
const TRIES_MAX = 60_000;
/** One that is drained cannot wait: after so many tries from then on, or this time in milliseconds, its next start or the lease's end tells the same. */
const DRAIN_TRIES_MAX = 5;
const DRAIN_MS = 10_000;

export type Ending = { readonly outcome: Outcome; readonly tails: LogTails };

/** Reports how the attempt ended, again and again until somebody has heard it. */
export async function report(deps: Deps, claimed: ClaimedAttempt, { outcome, tails }: Ending, interrupter: Interrupter): Promise<void> {
  const { taskUid, attempt } = claimed;
  const { clock } = deps;
  const { drain } = interrupter;
  let drainedMs = clock.monotonicMs();
  const onDrain = () => {
    drainedMs = clock.monotonicMs();
  };
  drain.addEventListener('abort', onDrain, { once: true });
  let hurried = 0;
  let faultySinceMs: number | null = null;
  for (let tries = 1; ; tries++) {
    try {
      const answer = await deps.control.report(claimed, outcome, tails);
      deps.log.info({ taskUid, attempt, outcome: outcome.kind, answer }, 'attempt ended');
      return;
    } catch (error) {
      const nowMs = clock.monotonicMs();
      if (drain.aborted) hurried += 1;
      const isLate = tries >= TRIES_MAX || hurried >= DRAIN_TRIES_MAX || (drain.aborted && nowMs - drainedMs > DRAIN_MS);
      faultySinceMs = isApiFault(error) ? (faultySinceMs ?? nowMs) : null;
      const isRefused = faultySinceMs === null ? error instanceof AppError : nowMs - faultySinceMs > API_FAULT_MS;
      if (isLate || isRefused) throw error;
      if (tries === 1) deps.log.warn({ ...faultFields(error), taskUid, attempt }, 'an outcome could not be reported; trying again');
      await pause(clock, Math.min(FIRST_WAIT_MS * 2 ** ((hurried || tries) - 1), LONGEST_WAIT_MS), drain);
    }
  }
}

import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { AppError, type Outcome } from '@inference/domain';
import type { ModelRuntime } from '@inference/runtime';
import type { Deps } from './deps.ts';
import type { Interrupter } from './interruption.ts';
import { keepLease } from './keep-lease.ts';
import { LiveOutput } from './live-output.ts';
import type { Place } from './slot.ts';
import { collectOutput } from './steps/collect-output.ts';
import { makeFolders } from './steps/make-folders.ts';
import { outcomeOf } from './steps/outcome-of.ts';
import { type Ending, report } from './steps/report.ts';
import { runModel } from './steps/run-model.ts';

export type Run = {
  readonly runtime: ModelRuntime;
  readonly place: Place;
  readonly interrupter: Interrupter;
};

/** Removes what an attempt left on this machine. */
export type CleanUp = () => Promise<void>;

/**
 * Runs one claimed attempt from its input to its report. What goes wrong is reported, never thrown.
 *
 * @returns what cleans up after it: the next attempt need not wait for that
 */
export async function runAttempt(deps: Deps, claimed: ClaimedAttempt, run: Run): Promise<CleanUp> {
  const letGo = keepLease(deps, claimed, run.interrupter);
  const live = new LiveOutput(deps, claimed);
  try {
    const { outcome, tails, cleanUp } = await attemptOutcome(deps, claimed, { ...run, live });
    await live.end();
    if (outcome !== null) await tell(deps, claimed, { outcome, tails }, run.interrupter);
    return cleanUp;
  } finally {
    letGo();
  }
}

type Ended = { outcome: Outcome | null; tails: LogTails; cleanUp: CleanUp };

async function attemptOutcome(deps: Deps, claimed: ClaimedAttempt, run: Run & { live: LiveOutput }): Promise<Ended> {
  let cleanUp: CleanUp = async () => {};
  let tails: LogTails = { stdout: [], stderr: [] };
  try {
    const folders = await makeFolders(deps, claimed, run.interrupter.signal);
    cleanUp = async () => {
      await run.runtime.release(claimed);
      await folders.remove();
    };
    const result = await runModel(deps, claimed, { ...run, folders });
    tails = result.tails;
    if (result.end.kind === 'failed') return { outcome: { kind: 'fail', failure: result.end.failure }, tails, cleanUp };
    if (result.end.kind === 'stopped') return { outcome: outcomeOf(run.interrupter.reason ?? 'drain', claimed), tails, cleanUp };
    // Its output is collected and reported beside the next model.
    run.place.leave();
    const output = { folder: folders.output, warnings: result.end.warnings };
    return { outcome: await collectOutput(deps, claimed, output, run.interrupter.signal), tails, cleanUp };
  } catch (error) {
    return { outcome: outcomeOfFault(deps, claimed, run.interrupter, error), tails, cleanUp };
  }
}

async function tell(deps: Deps, claimed: ClaimedAttempt, ending: Ending, interrupter: Interrupter): Promise<void> {
  try {
    await report(deps, claimed, ending, interrupter);
  } catch (error) {
    // Its lease runs out, and the task is tried again.
    deps.log.error({ err: error, taskUid: claimed.taskUid, attempt: claimed.attempt }, 'an outcome could not be reported');
  }
}

/** A step that threw: the attempt was interrupted, or is over, or this machine has a fault. */
function outcomeOfFault(deps: Deps, claimed: ClaimedAttempt, interrupter: Interrupter, error: unknown): Outcome | null {
  if (error instanceof AppError && error.code === 'stale') return null;
  if (interrupter.reason !== null) return outcomeOf(interrupter.reason, claimed);
  deps.log.error({ err: error, taskUid: claimed.taskUid, attempt: claimed.attempt }, 'an attempt met a fault of this machine');
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  const reason = full
    ? 'The disk of the machine that ran the task was full.'
    : 'The machine that ran the task had a fault; its log has the details.';
  return { kind: 'fail', failure: { class: 'infrastructure', reason } };
}

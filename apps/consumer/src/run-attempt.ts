import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { AppError, type Failure, type Outcome } from '@inference/domain';
import type { ModelRuntime, RunEnd } from '@inference/runtime';
import type { Deps } from './deps.ts';
import { deviceFault } from './device-fault.ts';
import { isApiFault } from './http-control-plane/is-api-fault.ts';
import type { Interrupter } from './interruption.ts';
import type { AttemptJournal } from './journal/attempt-journal.ts';
import type { Stage } from './journal/journal-entry.ts';
import { keepLease } from './keep-lease.ts';
import { LiveOutput } from './live-output.ts';
import { Remains } from './remains.ts';
import type { Place } from './slot.ts';
import { collectOutput } from './steps/collect-output.ts';
import { diskFull, isDiskFull, isDiskFullError } from './steps/disk-full.ts';
import { followModel } from './steps/follow-model.ts';
import { makeFolders } from './steps/make-folders.ts';
import { outcomeOf } from './steps/outcome-of.ts';
import { pinImage } from './steps/pin-image.ts';
import { type Ending, report } from './steps/report.ts';
import { type ModelRun, type RunResult, runModel } from './steps/run-model.ts';
import { toldBefore } from './steps/told-before.ts';

export type Run = {
  readonly runtime: ModelRuntime;
  readonly place: Place;
  readonly interrupter: Interrupter;
  readonly journal: AttemptJournal;
  /** How far an earlier process of this consumer has come with it; null: it begins. */
  readonly left: Stage | null;
  /** Why nothing of it is run; null: it is. */
  readonly refusal: Failure | null;
};

/** An attempt that is over: how it ended (null: nobody waits for it any more), and what it left. */
export type Over = { readonly outcome: Outcome | null; readonly remains: Remains };

/**
 * Runs one claimed attempt from its input, or from where an earlier process left it, to its report. What goes wrong is reported, never thrown.
 * What remains of it is the caller's to remove: the next attempt need not wait for that.
 */
export async function runAttempt(deps: Deps, claimed: ClaimedAttempt, run: Run): Promise<Over> {
  const letGo = keepLease(deps, claimed, run.interrupter, { atOnce: run.left !== null });
  const remains = new Remains(claimed, run);
  try {
    const live = new LiveOutput(deps, claimed, run.left?.kind === 'started' ? await toldBefore(deps, claimed) : undefined);
    const { outcome, tails } = await attemptOutcome(deps, claimed, { ...run, live, remains });
    await live.end();
    const isOver = outcome === null || (await tell(deps, claimed, { outcome, tails }, run.interrupter));
    if (isOver) remains.areKept = false;
    return { outcome, remains };
  } finally {
    letGo();
  }
}

type AttemptRun = Run & { readonly live: LiveOutput; readonly remains: Remains };

async function attemptOutcome(deps: Deps, claimed: ClaimedAttempt, run: AttemptRun): Promise<{ outcome: Outcome | null; tails: LogTails }> {
  const { interrupter, remains, refusal } = run;
  let tails = run.live.tails();
  if (refusal !== null) {
    remains.mayLive = false;
    run.place.leave();
    return { outcome: { kind: 'fail', failure: refusal }, tails };
  }
  try {
    const folders = await makeFolders(deps, claimed, run);
    remains.folders = folders;
    const result = await modelEnd(deps, claimed, { ...run, folders });
    const { end, usage } = result;
    tails = result.tails;
    remains.mayLive = end.kind !== 'done' && end.mayLive === true;
    // What was noted would have the next process take the end that it comes to for its own.
    if (remains.mayLive) await run.journal.forget();
    const outcome = outcomeOfEnd(deps, claimed, result);
    const stage = remains.mayLive ? null : lastStage(end, outcome, result);
    remains.areKept = stage !== null;
    if (stage !== null && stage.kind !== run.left?.kind) run.journal.note(stage);
    // Its output is collected, and its end reported, beside the next model; a fault of this machine is counted before that starts.
    if (!remains.mayLive && !isFault(end, outcome)) run.place.leave();
    if (end.kind !== 'done') {
      // Whether it was pinned or not, it is known how the model ended.
      await result.pinned.catch(() => {});
      return { outcome: outcome === null ? null : withUsage(outcome, usage), tails };
    }
    await result.pinned;
    const output = { folder: folders.output, warnings: end.warnings, usage };
    return { outcome: await collectOutput(deps, claimed, output, interrupter.signal), tails };
  } catch (error) {
    return { outcome: outcomeOfFault(deps, claimed, interrupter, error), tails };
  }
}

/** What the end of a model leads to, where it has not done well; null: there is nothing to report yet, or nobody waits for it. */
function outcomeOfEnd(deps: Deps, claimed: ClaimedAttempt, { end, stoppedBy, tails }: RunResult): Outcome | null {
  if (end.kind === 'failed') return outcomeOfFailure(deps, claimed, end.failure, tails);
  return end.kind === 'stopped' ? outcomeOf(stoppedBy ?? 'drain', claimed, deps.outputLimits) : null;
}

/** Whether this machine is at fault, not the model. */
function isFault(end: RunEnd, outcome: Outcome | null): boolean {
  return end.kind === 'failed' && (outcome?.kind !== 'fail' || outcome.failure.class === 'infrastructure');
}

/** What the next process goes on with, should this one not come to report it; null: nothing, the task is run again. */
function lastStage(end: RunEnd, outcome: Outcome | null, { image, tails, usage }: RunResult): Stage | null {
  const rest = { image, tails, usage };
  if (end.kind === 'done') return { kind: 'ended', warnings: [...end.warnings], ...rest };
  return outcome?.kind === 'fail' && !isFault(end, outcome) ? { kind: 'failed', failure: outcome.failure, ...rest } : null;
}

/** A failure with what its model has used. */
function withUsage(outcome: Outcome, usage: RunResult['usage']): Outcome {
  return outcome.kind === 'fail' ? { ...outcome, usage } : outcome;
}

function outcomeOfFailure(deps: Deps, claimed: ClaimedAttempt, failure: Failure, tails: LogTails): Outcome {
  if (isDiskFull(failure)) return diskFull(claimed.attempt);
  const { taskUid, attempt, gpuUuids } = claimed;
  const found = deviceFault(claimed, failure, tails) ?? failure;
  if (gpuUuids.length > 0 && found.class === 'infrastructure') {
    deps.log.warn({ taskUid, attempt, gpuUuids, failure }, 'an attempt with GPUs met a fault of this machine: they are looked at');
    // Beside the report; what is wrong with them is logged there.
    void deps.devices?.lookNow();
  }
  return { kind: 'fail', failure: found };
}

/** Runs the model, or goes on where an earlier process stopped. */
async function modelEnd(deps: Deps, claimed: ClaimedAttempt, run: ModelRun & { left: Stage | null }): Promise<RunResult> {
  const { left, journal } = run;
  if (left === null) return await runModel(deps, claimed, run);
  // Counts this process before it can die of the attempt.
  journal.note(left);
  await journal.settled();
  if (left.kind === 'started') return await followModel(deps, claimed, run, left);
  const { image, tails, usage } = left;
  const end: RunEnd = left.kind === 'ended' ? { kind: 'done', warnings: left.warnings } : { kind: 'failed', failure: left.failure };
  return { end, stoppedBy: null, image, tails, usage, pinned: pinImage(deps, claimed, image, run.interrupter.signal) };
}

/** Answers whether the report was heard, or refused for good. */
async function tell(deps: Deps, claimed: ClaimedAttempt, ending: Ending, interrupter: Interrupter): Promise<boolean> {
  try {
    await report(deps, claimed, ending, interrupter);
    return true;
  } catch (error) {
    // Its lease runs out, and the task is tried again, unless this consumer is started again before that.
    deps.log.error({ err: error, taskUid: claimed.taskUid, attempt: claimed.attempt }, 'an outcome could not be reported');
    return error instanceof AppError && !isApiFault(error);
  }
}

/** A step that threw: the attempt was interrupted, or is over, or this machine has a fault. */
function outcomeOfFault(deps: Deps, claimed: ClaimedAttempt, interrupter: Interrupter, error: unknown): Outcome | null {
  if (error instanceof AppError && error.code === 'stale') return null;
  if (interrupter.reason !== null) return outcomeOf(interrupter.reason, claimed, deps.outputLimits);
  deps.log.error({ err: error, taskUid: claimed.taskUid, attempt: claimed.attempt }, 'an attempt met a fault of this machine');
  if (isDiskFullError(error)) return diskFull(claimed.attempt);
  return {
    kind: 'fail',
    failure: { class: 'infrastructure', reason: 'The machine that ran the task had a fault; its log has the details.' },
  };
}

import type { ClaimedAttempt } from '@inference/contracts';
import type { AdoptedModel, RunEnd } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Stage } from '../journal/journal-entry.ts';
import { pause } from '../pause.ts';
import { type ModelRun, observerOf, orderOf, type RunResult, type Work, withinLimits } from './run-model.ts';

/** Waits between tries to find a model while its runtime cannot be asked, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** It may live: the start that the earlier process has asked for may still come about where the engine hung. It costs a removal before the slot is free. */
const GONE: RunEnd = {
  kind: 'failed',
  failure: { class: 'infrastructure', reason: 'The consumer was started again, and the model that it had started was gone.' },
  mayLive: true,
};

/** Goes on with a model that an earlier process has started, to its end or what is left of its time limit. */
export async function followModel(
  deps: Deps,
  claimed: ClaimedAttempt,
  run: ModelRun,
  { image, startedUptimeMs }: Stage & { kind: 'started' },
): Promise<RunResult> {
  const { taskUid, attempt, model } = claimed;
  const ranMs = Math.max(0, deps.clock.uptimeMs() - startedUptimeMs);
  const timeMs = Math.max(0, model.limits.timeMs - ranMs);
  const work: Work = async (signal, onHung) => {
    const found = await find(deps, claimed, run);
    if (found === null) return GONE;
    deps.log.info({ taskUid, attempt }, 'going on with a model that an earlier process has started');
    return await found.follow(observerOf(run, onHung), signal);
  };
  return await withinLimits(deps, claimed, run, { image, timeMs, ranMs, work });
}

/** Asks the runtime for the model until it answers: one that is away says nothing of the model, which may have ended in time. */
async function find(deps: Deps, claimed: ClaimedAttempt, run: ModelRun): Promise<AdoptedModel | null> {
  const { taskUid, attempt } = claimed;
  const { signal } = run.interrupter;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await run.runtime.adopt(orderOf(claimed, run));
    } catch (error) {
      if (waitMs === FIRST_WAIT_MS) deps.log.warn({ err: error, taskUid, attempt }, 'a model cannot be looked for yet; trying again');
    }
    signal.throwIfAborted();
    await pause(deps.clock, waitMs, signal);
    signal.throwIfAborted();
  }
}

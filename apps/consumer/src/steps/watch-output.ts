import type { ClaimedAttempt } from '@inference/contracts';
import type { OutputLimits } from '@inference/domain';
import { reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';

/** Between two looks at what a model has written, in milliseconds; after a look that took long, so many times its time, ... */
const LOOK_MS = 2_000;
const PAUSE_FACTOR = 4;
/** ... and this at most. */
const LONGEST_PAUSE_MS = 10_000;

/** What a model may write to /output. */
export function outputLimitsOf(deps: Pick<Deps, 'outputLimits'>, { model }: ClaimedAttempt): OutputLimits {
  return { ...deps.outputLimits, contentBytesMax: model.limits.outputBytes };
}

/** Looks again and again at what a model writes; `onTooMuch` is called once where that is more than it may. The returned function ends it. */
export function watchOutput(deps: Deps, claimed: ClaimedAttempt, of: { readonly folder: string; onTooMuch(): void }): () => void {
  const { clock, zips, log } = deps;
  const limits = outputLimitsOf(deps, claimed);
  let isOver = false;
  let isWell = true;
  const isTooMuchNow = async () => {
    try {
      const isTooMuch = await zips.isOverLimits(of.folder, limits);
      isWell = true;
      return isTooMuch;
    } catch (error) {
      // The disk has a fault: collecting the output says so. Once is enough until it is well again.
      if (isWell) log.warn({ reason: reasonOf(error), taskUid: claimed.taskUid }, 'an output cannot be looked at');
      isWell = false;
      return false;
    }
  };
  const look = async () => {
    const beganMs = clock.monotonicMs();
    const isTooMuch = await isTooMuchNow();
    if (isOver) return;
    if (isTooMuch) of.onTooMuch();
    else cancel = clock.after(pauseMs(clock.monotonicMs() - beganMs), () => void look());
  };
  let cancel = clock.after(LOOK_MS, () => void look());
  return () => {
    isOver = true;
    cancel();
  };
}

function pauseMs(tookMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(LOOK_MS, PAUSE_FACTOR * tookMs));
}

import { delay } from '../docker/delay.ts';
import type { RunEnd } from '../model-runtime.ts';
import { runFailure } from '../run-failure.ts';
import { askHealth } from './ask-health.ts';
import { GONE, type Watch, watchModel } from './watch-model.ts';

/** A launcher that went away is asked again after these, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** One that stays away for so long is given up, in milliseconds; where the model is to be stopped, as soon as it was away so long since then. */
export const AWAY_LIMIT_MS = 120_000;
const AWAY_LIMIT_STOPPING_MS = 30_000;
/**
 * Who followed a model for so long, in milliseconds, was back. Less says nothing: a launcher that hangs is heard for 36 s before that shows, and
 * one whose engine does not answer for this one container breaks off after 20 s, however often it is asked.
 */
const FOLLOWED_MS = 40_000;

/** Goes on with a model whose launcher went away, once that is back: the container did not stop meanwhile. */
export async function followAgain(watch: Watch): Promise<RunEnd> {
  const { clock } = watch;
  let leftAtMs = clock.monotonicMs();
  let stopAtMs = watch.signal.aborted ? leftAtMs : null;
  /** Whether the model may have been told to end before that: then it did not end by itself, however it did. */
  let isTold = watch.signal.aborted;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    await delay(waitMs, clock).elapsed;
    if ((await askHealth(watch.client)).ok) {
      watch.told.again();
      const askedAtMs = clock.monotonicMs();
      const end = await watchModel('follow', { sent: watch.sent }, watch);
      if (end.kind !== 'broken') return isTold ? stopped(end) : end;
      isTold ||= watch.signal.aborted;
      const brokenAtMs = clock.monotonicMs();
      if (brokenAtMs - askedAtMs >= FOLLOWED_MS) leftAtMs = brokenAtMs;
    }
    const nowMs = clock.monotonicMs();
    if (watch.signal.aborted) stopAtMs ??= nowMs;
    const isAway = nowMs - leftAtMs >= AWAY_LIMIT_MS;
    const isAwayToStop = stopAtMs !== null && nowMs - Math.max(leftAtMs, stopAtMs) >= AWAY_LIMIT_STOPPING_MS;
    if (!isAway && !isAwayToStop) continue;
    const limitMs = isAwayToStop ? AWAY_LIMIT_STOPPING_MS : AWAY_LIMIT_MS;
    const reason = `The launcher went away while the model ran, and did not follow it again within ${limitMs / 1000} s.`;
    return { ...runFailure('infrastructure', reason), mayLive: true };
  }
}

/** The end of a model that was told to end: that is why, however it ended, but where the machine is to blame. One that is gone has met that. */
function stopped(end: RunEnd): RunEnd {
  const { usage } = end;
  const isFault = end.kind === 'failed' && end.failure.class === 'infrastructure';
  const isGone = isFault && end.failure.reason === GONE;
  if (isFault && !isGone) return end;
  return { kind: 'stopped', ...(usage === undefined ? {} : { usage }), ...(isGone ? { mayLive: true } : {}) };
}

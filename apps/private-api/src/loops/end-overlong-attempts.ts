import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { endOverlongAttempt } from '../services/end-overlong-attempt.ts';
import type { HeldAttempt } from '../store/attempt-store.ts';

const INTERVAL_MS = 15_000;
/** The time before a look that comes later than this after the one before is not counted: time that we did not watch proves nothing. */
const LATE_MS = 3 * INTERVAL_MS;
/** A consumer stops its model at the time limit; so long after it, in milliseconds, it has failed to. */
export const GRACE_MS = 60_000;
/**
 * The time limit is the model's alone. An attempt also pulls the image, unpacks the input and stores the output: for that it has so long,
 * in milliseconds. A large image over a slow line must not cost a task whose model has not even begun.
 */
export const AROUND_MS = 2 * 3_600_000;

/**
 * Ends attempts that go on far beyond the time limit of their model, though their consumer renews them: its own timer, or its engine, is
 * broken. Each private API counts by its own monotonic clock from when it first saw the attempt, and only time that it has watched.
 */
export function endOverlongAttempts(deps: Deps): Loop {
  let watchedMs = new Map<string, number>();
  let lastLookMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'end-overlong-attempts',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      const held = await deps.store.listHeldAttempts();
      const nowMs = deps.clock.monotonicMs();
      const passedMs = nowMs - lastLookMs > LATE_MS ? 0 : nowMs - lastLookMs;
      const before = watchedMs;
      lastLookMs = nowMs;
      watchedMs = new Map(held.map((each) => [keyOf(each), before.has(keyOf(each)) ? (before.get(keyOf(each)) ?? 0) + passedMs : 0]));
      for (const each of held) {
        if ((watchedMs.get(keyOf(each)) ?? 0) < Number(each.timeMs) + GRACE_MS + AROUND_MS) continue;
        if (await endOverlongAttempt(deps, each))
          deps.log.warn(
            { taskId: each.taskId, attempt: each.attempt },
            'an attempt was ended: its consumer did not stop it at its time limit',
          );
      }
    },
  };
}

function keyOf({ taskId, attempt }: HeldAttempt): string {
  return `${taskId}/${attempt}`;
}

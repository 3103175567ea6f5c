import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { isWithoutGpu } from '../store/consumer-store.ts';

const INTERVAL_MS = 60_000;
/** A look that comes later than this after the one before starts to count anew: a machine that was off for a weekend has seen nothing. */
const LATE_MS = 5 * INTERVAL_MS;
/** So long no consumer with a GPU must have been seen, and a task have waited since it was queued. */
export const GPU_WAIT_HOURS = 24;
/** Where the admin lets tasks run without a GPU, consumers with one get so long to say hello first, in milliseconds. */
export const FALLBACK_AFTER_MS = 5 * 60_000;
/** Tasks that one pass ends. */
const TASKS_MAX = 1_000;

const REASON = `The model asks for a GPU: the task waited ${GPU_WAIT_HOURS} hours, in which consumers without one were there, and none with one.`;

/**
 * Ends what waits for a GPU that does not come, or lets it run without, if the admin allows that. No hello does: the first consumer after a
 * power cut may be one without a GPU. Only time counts that this process has watched, look after look; a restart begins anew.
 */
export function settleGpuTasks(deps: Deps): Loop {
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let withoutSinceMs = Number.NaN;
  return {
    name: 'settle-gpu-tasks',
    intervalMs: INTERVAL_MS,
    async runOnce() {
      const isWithout = isWithoutGpu(await deps.store.poolSupply('docker-gpu'));
      const nowMs = deps.clock.monotonicMs();
      const isFirst = Number.isNaN(withoutSinceMs) || nowMs - lastLookMs > LATE_MS;
      lastLookMs = nowMs;
      if (!isWithout) withoutSinceMs = Number.NaN;
      else if (isFirst) withoutSinceMs = nowMs;
      if (!isWithout) return;
      const watchedMs = nowMs - withoutSinceMs;
      if (deps.settings.allowCpuFallback && watchedMs >= FALLBACK_AFTER_MS) await deps.store.moveWaitingGpuTasksToCpu();
      if (!deps.settings.allowCpuFallback && watchedMs >= GPU_WAIT_HOURS * 3_600_000) await failLate(deps);
    },
  };
}

async function failLate(deps: Deps): Promise<void> {
  const ended = await deps.store.failWaitingGpuTasks({ waitedHours: GPU_WAIT_HOURS, reason: REASON, countMax: TASKS_MAX });
  for (const { uid } of ended) deps.news.tell(uid);
  if (ended.length > 0) deps.log.warn({ tasks: ended.length }, 'tasks that waited for a GPU were ended: no consumer has one');
}

import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps } from './deps.ts';
import { faultFields } from './fault-fields.ts';
import { pause } from './pause.ts';

/** Waits between tries, in milliseconds: they double from the first to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** It is told for so long (about a week), as a report is: until then nobody else gets the devices, unless this consumer is started again. */
const TRIES_MAX = 60_000;
/** A consumer that is about to end tries so often, after all tries before. */
const HURRIED_TRIES_MAX = 4;

/**
 * Tells the private API that nothing of an attempt's model runs any more, again and again until that is heard; answers whether it was. Also what it
 * refuses is told again: a device that is not given back is nobody's.
 */
export async function tellDevicesFree(
  { control, clock, log }: Pick<Deps, 'control' | 'clock' | 'log'>,
  claimed: ClaimedAttempt,
  hurry: AbortSignal,
): Promise<boolean> {
  const about = { taskUid: claimed.taskUid, attempt: claimed.attempt, gpuUuids: claimed.gpuUuids };
  let hurried = 0;
  for (let tries = 1, waitMs = FIRST_WAIT_MS; tries <= TRIES_MAX; tries++, waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      await control.freeDevices(claimed);
      if (tries > 1) log.info(about, 'the GPUs of an attempt are known to be free');
      return true;
    } catch (error) {
      if (tries === 1)
        log.warn({ ...faultFields(error), ...about }, 'that the GPUs of an attempt are free could not be told; trying again');
    }
    if (hurry.aborted && ++hurried >= HURRIED_TRIES_MAX) break;
    await pause(clock, hurry.aborted ? FIRST_WAIT_MS * 2 ** hurried : waitMs, hurry);
  }
  log.warn(about, 'that the GPUs of an attempt are free was not heard: the next start of this consumer tells');
  return false;
}

import type { Database } from '@inference/database';
import { INFRASTRUCTURE_RETRIES_MAX } from '@inference/domain';
import { until } from '@inference/testing';

/** A task at its last try must end within this, in milliseconds. */
const LAST_TRY_MS = 120_000;

/**
 * A task whose consumer dies four times is given up: it may be what kills them. Where somebody else kills them it is not, so whoever has died with
 * it three times already is let finish.
 */
export async function nobodyAtLastTry(db: Database): Promise<void> {
  const where = { state: { in: ['queued', 'running'] }, infrastructureFaults: { gte: INFRASTRUCTURE_RETRIES_MAX } };
  await until('tasks at their last try to end', async () => (await db.task.count({ where }).catch(() => 1)) === 0, LAST_TRY_MS);
}

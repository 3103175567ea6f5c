import type { Failure } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { HeldAttempt } from '../store/attempt-store.ts';
import { settleFailure } from './finish-attempt.ts';

/** Ends an attempt that its consumer did not stop at the time limit, provided that it is still the one that runs; answers whether. */
export async function endOverlongAttempt(deps: Deps, held: HeldAttempt): Promise<boolean> {
  const seconds = Number(held.timeMs) / 1000;
  const failure: Failure = {
    class: 'timeout',
    reason: `The attempt went on long after the model's time limit of ${seconds} seconds: the consumer did not stop it. Have its machine looked at, then send the task again.`,
  };
  const settled = await deps.store.transaction(async (tx) => {
    const row = await tx.lockRunning(held);
    if (row === null) return null;
    const end = { outcome: 'fail' as const, failure, stdout: [], stderr: [] };
    return { ...(await settleFailure(deps, tx, row, { failure, end })), taskUid: row.taskUid };
  });
  if (settled !== null) deps.news.tell(settled.taskUid);
  return settled?.answer === 'recorded';
}

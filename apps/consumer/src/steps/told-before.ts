import type { ClaimedAttempt } from '@inference/contracts';
import type { LogEnds } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { faultFields } from '../fault-fields.ts';

const EVERYTHING: LogEnds = { stdout: Number.POSITIVE_INFINITY, stderr: Number.POSITIVE_INFINITY };

/** What an earlier process has told of a model's output. Where nobody can say, all counts as told: the report has the last lines anyway. */
export async function toldBefore(deps: Pick<Deps, 'control' | 'log'>, claimed: ClaimedAttempt): Promise<LogEnds> {
  try {
    return await deps.control.findLogEnds(claimed);
  } catch (error) {
    const { taskUid, attempt } = claimed;
    deps.log.warn(
      { ...faultFields(error), taskUid, attempt },
      'nobody knows what was told of a model: its further output comes with the report',
    );
    return EVERYTHING;
  }
}

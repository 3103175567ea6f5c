import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome } from '@inference/domain';
import { collectFolder, OutputRefused } from '@inference/zips';
import type { Deps } from '../deps.ts';

/** Zips what the model wrote, straight into the store. */
export async function collectOutput(deps: Deps, claimed: ClaimedAttempt, folder: string, warnings: readonly string[]): Promise<Outcome> {
  const collected = collectFolder(folder, { limits: deps.outputLimits });
  try {
    const [output, summary] = await Promise.all([deps.control.putOutput(claimed, collected.zip), collected.summary]);
    return { kind: 'succeed', output, warnings: [...warnings, ...summary.warnings] };
  } catch (error) {
    collected.zip.destroy();
    if (!(error instanceof OutputRefused)) throw error;
    return { kind: 'fail', failure: { class: 'bad_output', reason: error.message } };
  }
}

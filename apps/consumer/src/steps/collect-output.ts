import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome } from '@inference/domain';
import { type Collected, collectFolder, OutputRefused } from '@inference/zips';
import type { Deps } from '../deps.ts';

/** What the model left. */
export type ModelOutput = { readonly folder: string; readonly warnings: readonly string[] };

/** Zips what the model wrote, straight into the store; zips it again where an upload broke off. */
export async function collectOutput(deps: Deps, claimed: ClaimedAttempt, from: ModelOutput, signal: AbortSignal): Promise<Outcome> {
  const collected: Collected[] = [];
  const openZip = () => {
    const next = collectFolder(from.folder, { limits: deps.outputLimits });
    collected.push(next);
    return next.zip;
  };
  try {
    const output = await deps.control.putOutput(claimed, openZip, signal);
    const summary = await collected.at(-1)?.summary;
    return { kind: 'succeed', output, warnings: [...from.warnings, ...(summary?.warnings ?? [])] };
  } catch (error) {
    for (const { zip } of collected) zip.destroy();
    if (!(error instanceof OutputRefused)) throw error;
    return { kind: 'fail', failure: { class: 'bad_output', reason: error.message } };
  }
}

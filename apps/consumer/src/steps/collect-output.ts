import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome, Usage } from '@inference/domain';
import { type Collected, OutputRefused } from '@inference/zips';
import type { Deps } from '../deps.ts';
import { outputLimitsOf } from './watch-output.ts';

/** What the model left. */
export type ModelOutput = { readonly folder: string; readonly warnings: readonly string[]; readonly usage: Usage };

/** Zips what the model wrote, straight into the store; zips it again where an upload broke off. */
export async function collectOutput(deps: Deps, claimed: ClaimedAttempt, from: ModelOutput, signal: AbortSignal): Promise<Outcome> {
  // Its lease may have ended while another process had it.
  signal.throwIfAborted();
  const collected: Collected[] = [];
  const openZip = () => {
    const next = deps.zips.collect(from.folder, { limits: outputLimitsOf(deps, claimed) });
    collected.push(next);
    return next.zip;
  };
  try {
    const output = await deps.control.putOutput(claimed, openZip, signal);
    const summary = await collected.at(-1)?.summary;
    const usage = { ...from.usage, outputBytes: summary?.contentBytes ?? null };
    return { kind: 'succeed', output, warnings: [...from.warnings, ...(summary?.warnings ?? [])], usage };
  } catch (error) {
    for (const { zip } of collected) zip.destroy();
    if (!(error instanceof OutputRefused)) throw error;
    return { kind: 'fail', failure: { class: 'bad_output', reason: error.message }, usage: from.usage };
  }
}

import { dirname, join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps } from '../deps.ts';

/** Fetches the input of an attempt and extracts it into its folder. The zip lies beside that for a moment. */
export async function stageInput(deps: Deps, claimed: ClaimedAttempt, folder: string, signal: AbortSignal): Promise<void> {
  const zip = join(dirname(folder), 'input.zip');
  await deps.control.fetchInput(claimed, zip, signal);
  await deps.zips.extract(zip, folder, { signal });
  await deps.disk.remove(zip);
}

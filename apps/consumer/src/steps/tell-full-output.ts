import type { ClaimedAttempt } from '@inference/contracts';
import type { RunEnd } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { AttemptFolders } from './make-folders.ts';
import { outputLimitsOf } from './watch-output.ts';

/** A model whose /output is a disk of its own met its end: it failed because of that, or did well and may have lost what no longer fitted. */
export async function tellFullOutput(deps: Deps, claimed: ClaimedAttempt, folders: AttemptFolders, end: RunEnd): Promise<RunEnd> {
  const isOwnEnd = end.kind === 'done' || (end.kind === 'failed' && end.failure.class === 'model_error');
  if (!isOwnEnd || !(await folders.isOutputFull())) return end;
  const { contentBytesMax, entriesMax } = outputLimitsOf(deps, claimed);
  const limits = `the limit is ${contentBytesMax} bytes and ${entriesMax} files and folders`;
  const advice = 'let the model write less, or register it with a larger output_bytes';
  if (end.kind === 'done') {
    const warning = `/output is full: ${limits}. What the model wrote may be incomplete: ${advice}.`;
    return { ...end, warnings: [...end.warnings, warning] };
  }
  const { exitCode } = end.failure;
  const reason = `/output is full: ${limits}; ${advice}. The model ended with exit code ${exitCode}.`;
  return { ...end, failure: { ...end.failure, class: 'bad_output', reason } };
}

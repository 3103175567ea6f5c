import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import type { ModelRuntime, RunEnd, RunOrder } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Interrupter } from '../interruption.ts';
import type { LiveOutput } from '../live-output.ts';
import type { StagedFolders } from './stage-folders.ts';

export type RunResult = { readonly end: RunEnd; readonly tails: LogTails };

/** Makes the model's program present, pins it, and runs it to its end or its time limit. */
export async function runModel(
  deps: Deps,
  claimed: ClaimedAttempt,
  run: { runtime: ModelRuntime; folders: StagedFolders; gpuUuids: readonly string[]; interrupter: Interrupter; live: LiveOutput },
): Promise<RunResult> {
  const { runtime, interrupter, live } = run;
  const { input, output, model: modelFolder } = run.folders;
  const { taskUid, attempt, model, pinnedImage } = claimed;
  const order: RunOrder = { taskUid, attempt, model, pinnedImage, gpuUuids: run.gpuUuids, folders: { input, output, model: modelFolder } };
  const prepared = await runtime.prepare(order, live, interrupter.signal);
  if (prepared.kind === 'failed') return { end: prepared, tails: live.tails() };
  // Beside the run, as it is the task's first attempt that pins: whatever it runs is what later ones are held to.
  const pinning =
    prepared.image === null || pinnedImage !== null ? null : deps.control.pinImage(claimed, prepared.image, interrupter.signal);
  pinning?.catch(() => {});
  const cancelTimer = deps.clock.after(model.limits.timeMs, () => interrupter.interrupt('timeout'));
  try {
    const end = await runtime.run(order, prepared.image, live, interrupter.signal);
    // Beside what follows; the report waits for it.
    void live.end();
    await pinning;
    return { end, tails: live.tails() };
  } finally {
    cancelTimer();
  }
}

import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { LogTail } from '@inference/domain';
import type { ModelRuntime, RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Interrupter } from '../interruption.ts';
import type { StagedFolders } from './stage-folders.ts';

export type RunResult = { readonly end: RunEnd; readonly tails: LogTails };

/** Makes the model's program present, pins it, and runs it to its end or its time limit. */
export async function runModel(
  deps: Deps,
  claimed: ClaimedAttempt,
  run: { runtime: ModelRuntime; folders: StagedFolders; gpuUuids: readonly string[]; interrupter: Interrupter },
): Promise<RunResult> {
  const { runtime, interrupter } = run;
  const { input, output, model: modelFolder } = run.folders;
  const { taskUid, attempt, model, pinnedImage } = claimed;
  const order: RunOrder = { taskUid, attempt, model, pinnedImage, gpuUuids: run.gpuUuids, folders: { input, output, model: modelFolder } };
  const [stdout, stderr] = [new LogTail(), new LogTail()];
  const tails = () => ({ stdout: stdout.lines(), stderr: stderr.lines() });
  const observer: RunObserver = {
    onProgress: (text) => {
      deps.control.note(claimed, text).catch((error: unknown) => deps.log.warn({ err: error, taskUid }, 'progress could not be noted'));
    },
    onOutput: (stream, text) => (stream === 'stdout' ? stdout : stderr).write(text),
  };

  const prepared = await runtime.prepare(order, observer, interrupter.signal);
  if (prepared.kind === 'failed') return { end: prepared, tails: tails() };
  // Beside the run, as it is the task's first attempt that pins: whatever it runs is what later ones are held to.
  const pinning =
    prepared.image === null || pinnedImage !== null ? null : deps.control.pinImage(claimed, prepared.image, interrupter.signal);
  pinning?.catch(() => {});
  const cancelTimer = deps.clock.after(model.limits.timeMs, () => interrupter.interrupt('timeout'));
  try {
    const end = await runtime.run(order, prepared.image, observer, interrupter.signal);
    await pinning;
    return { end, tails: tails() };
  } finally {
    cancelTimer();
  }
}

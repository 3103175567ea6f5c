import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import type { ModelRuntime, RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Interrupter } from '../interruption.ts';
import type { LiveOutput } from '../live-output.ts';
import type { Place } from '../slot.ts';
import type { AttemptFolders } from './make-folders.ts';
import { sideBySide } from './side-by-side.ts';
import { stageInput } from './stage-input.ts';

export type RunResult = { readonly end: RunEnd; readonly tails: LogTails };

/** Gets the input and the model's program ready, side by side, waits for the slot, and runs the model to its end or its time limit. */
export async function runModel(
  deps: Deps,
  claimed: ClaimedAttempt,
  run: { runtime: ModelRuntime; folders: AttemptFolders; place: Place; interrupter: Interrupter; live: LiveOutput },
): Promise<RunResult> {
  const { runtime, place, interrupter, live } = run;
  const { input, output, model: modelFolder } = run.folders;
  const { taskUid, attempt, model, pinnedImage } = claimed;
  const { gpuUuids } = place;
  const order: RunOrder = { taskUid, attempt, model, pinnedImage, gpuUuids, folders: { input, output, model: modelFolder } };
  const { onProgress, onOutput } = live;
  const observer: RunObserver = { onProgress, onOutput, onClosing: () => place.closing() };
  const [prepared] = await sideBySide(
    interrupter.signal,
    (signal) => runtime.prepare(order, observer, signal),
    (signal) => stageInput(deps, claimed, input, signal),
  );
  if (prepared.kind === 'failed') return { end: prepared, tails: live.tails() };
  // Beside the run, as it is the task's first attempt that pins: whatever it runs is what later ones are held to.
  const pinning =
    prepared.image === null || pinnedImage !== null ? null : deps.control.pinImage(claimed, prepared.image, interrupter.signal);
  pinning?.catch(() => {});
  await Promise.race([place.free, aborted(interrupter.signal)]);
  const cancelTimer = deps.clock.after(model.limits.timeMs, () => interrupter.interrupt('timeout'));
  try {
    const end = await runtime.run(order, prepared.image, observer, interrupter.signal);
    // Beside what follows; the report waits for it.
    void live.end();
    await pinning;
    return { end, tails: live.tails() };
  } finally {
    cancelTimer();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import { type Failure, UNKNOWN_USAGE, type Usage } from '@inference/domain';
import type { ModelRuntime, RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Interrupter, Interruption } from '../interruption.ts';
import type { AttemptJournal } from '../journal/attempt-journal.ts';
import type { LiveOutput } from '../live-output.ts';
import type { Place } from '../slot.ts';
import { forgetThenStop } from './forget-then-stop.ts';
import type { AttemptFolders } from './make-folders.ts';
import { pinImage } from './pin-image.ts';
import { sideBySide } from './side-by-side.ts';
import { stageInput } from './stage-input.ts';
import { tellFullOutput } from './tell-full-output.ts';
import { watchOutput } from './watch-output.ts';

export type RunResult = {
  readonly end: RunEnd;
  /** Why it was to stop; null: nobody wanted that. */
  readonly stoppedBy: Interruption | null;
  readonly tails: LogTails;
  /** What the model used; what it left is not counted yet. */
  readonly usage: Usage;
  /** The image that it ran; null where there is none. */
  readonly image: string | null;
  /** Resolves once the image of the model is pinned: the report waits for that, but no slot does. */
  readonly pinned: Promise<unknown>;
};

/** What the model of an attempt is run with. */
export type ModelRun = {
  readonly runtime: ModelRuntime;
  readonly folders: AttemptFolders;
  readonly place: Place;
  readonly interrupter: Interrupter;
  readonly journal: AttemptJournal;
  readonly live: LiveOutput;
};

/** Gets the input and the model's program ready, side by side, waits for the slot, and runs the model to its end or its time limit. */
export async function runModel(deps: Deps, claimed: ClaimedAttempt, run: ModelRun): Promise<RunResult> {
  const { runtime, place, interrupter, journal, live } = run;
  const order = orderOf(claimed, run);
  const [prepared] = await sideBySide(
    interrupter.signal,
    (signal) => runtime.prepare(order, observerOf(run), signal),
    (signal) => stageInput(deps, claimed, run.folders.input, signal),
  );
  if (prepared.kind === 'failed')
    return { end: prepared, stoppedBy: null, image: null, tails: live.tails(), usage: UNKNOWN_USAGE, pinned: Promise.resolve() };
  const { image } = prepared;
  await Promise.race([place.free, aborted(interrupter.signal)]);
  // Beside the start: a model that is not noted yet when this process dies is run again. One that dies with it is not worth a note.
  if (runtime.modelsOutliveUs) journal.note({ kind: 'started', image, startedUptimeMs: deps.clock.uptimeMs() });
  const work: Work = (signal, onHung) => runtime.run(order, image, observerOf(run, onHung), signal);
  return await withinLimits(deps, claimed, run, { image, timeMs: claimed.model.limits.timeMs, work });
}

/** Runs or follows a model until it ends, or the signal stops it; `onHung` is told why it is to be stopped, where it hangs. */
export type Work = (signal: AbortSignal, onHung: (failure: Failure) => void) => Promise<RunEnd>;

type Limited = {
  readonly image: string | null;
  readonly timeMs: number;
  /** For how long it has run already, in milliseconds. */
  readonly ranMs?: number;
  readonly work: Work;
};

/**
 * Has a model run or followed for so long, and write so much, at most, and until it hangs, and its image pinned beside that. Then the model is
 * stopped, and nothing else is: one that has ended by itself before it was stopped did so in time, though this process may have looked late.
 */
export async function withinLimits(
  deps: Deps,
  claimed: ClaimedAttempt,
  { interrupter, live, folders, journal }: ModelRun,
  { image, timeMs, work, ranMs = 0 }: Limited,
): Promise<RunResult> {
  const pinned = pinImage(deps, claimed, image, interrupter.signal);
  const over = new AbortController();
  const stop = (why: 'timeout' | 'output_full' | Failure) => {
    if (interrupter.reason === null) over.abort(why);
  };
  using stopping = await forgetThenStop(AbortSignal.any([interrupter.signal, over.signal]), journal);
  const beganMs = deps.clock.monotonicMs();
  const cancelTimer = deps.clock.after(timeMs, () => stop('timeout'));
  using gpuMemory = deps.devices?.memory.follow(claimed.gpuUuids);
  const stopWatching = watchOutput(deps, claimed, { folder: folders.output, onTooMuch: () => stop('output_full') });
  try {
    const ran = await work(stopping.signal, stop);
    const why = (over.signal.reason ?? interrupter.reason) as Interruption | Failure | null;
    const ended: RunEnd = ran.kind === 'stopped' && isFailure(why) ? { ...ran, kind: 'failed', failure: why } : ran;
    const runMs = Math.round(ranMs + deps.clock.monotonicMs() - beganMs);
    const end = await tellFullOutput(deps, claimed, folders, ended);
    // Beside what follows; the report waits for it.
    void live.end();
    return {
      end,
      stoppedBy: isFailure(why) ? null : why,
      image,
      tails: live.tails(),
      usage: { ...UNKNOWN_USAGE, ...ended.usage, gpuMemoryPeakBytes: gpuMemory?.peakBytes ?? null, runMs },
      pinned,
    };
  } finally {
    cancelTimer();
    stopWatching();
  }
}

function isFailure(why: Interruption | Failure | null): why is Failure {
  return typeof why === 'object' && why !== null;
}

/** What the runtime is asked to run. */
export function orderOf(claimed: ClaimedAttempt, { folders }: Pick<ModelRun, 'folders'>): RunOrder {
  const { taskUid, attempt, model, pinnedImage, gpuUuids } = claimed;
  const { input, output, model: modelFolder } = folders;
  return { taskUid, attempt, model, pinnedImage, gpuUuids, folders: { input, output, model: modelFolder } };
}

/** Who hears of the model. */
export function observerOf({ live, place }: ModelRun, onHung: RunObserver['onHung'] = () => {}): RunObserver {
  const { onProgress, onOutput } = live;
  return { onProgress, onOutput, onClosing: () => place.closing(), onHung };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import type { Clock, NewId } from '@inference/domain';
import type { AdoptedModel, ModelRuntime, Prepared, RunEnd, RunObserver, RunOrder } from '../model-runtime.ts';
import type { ModelUser } from '../model-user.ts';
import { runFailure } from '../run-failure.ts';
import { withHandedFolders } from '../with-handed-folders.ts';
import { askHealth } from './ask-health.ts';
import { followAgain } from './follow-again.ts';
import { LauncherClient } from './launcher-client.ts';
import { LauncherFault } from './launcher-fault.ts';
import type { SentOrder } from './launcher-protocol.ts';
import { ToldOnce } from './told-once.ts';
import { watchModel } from './watch-model.ts';

/** Answers come within these, in milliseconds, or the launcher hangs: as long as its engine may take, and a moment. */
const LIMITS_MS = { adopt: 65_000, release: 125_000, sweep: 125_000 } as const;

export type LauncherRuntimeOptions = {
  readonly socketPath: string;
  /** The name of this consumer's folder below WORK_DIR, which the launcher has under the same path. */
  readonly consumer: string;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Processor cores for models that do not say how many. Left out: all. */
  readonly cpusPerSlot?: number;
  /** The user in the containers, as the launcher chooses it. Left out: this process's, or an unprivileged one where this is root. */
  readonly modelUser?: ModelUser;
};

/** Makes the runtime of a consumer that has no engine: a launcher runs its models. Nothing is asked of it yet. */
export function createLauncherRuntime(options: LauncherRuntimeOptions): ModelRuntime {
  const { socketPath, consumer, clock, newId, modelUser } = options;
  const client = new LauncherClient({ socketPath, consumer, boot: newId(), clock });
  const sentOf = (order: RunOrder) => sentOrderOf(order, options.cpusPerSlot ?? null);
  const runtime: ModelRuntime = {
    modelsOutliveUs: true,
    check: () => askHealth(client),
    async prepare(order, observer, signal) {
      const sent = sentOf(order);
      if (sent === null) return failed('invalid_model', 'The model is a folder on a consumer of its own: it does not run as a container.');
      return await prepare(client, sent, { observer, signal });
    },
    async run(order, image, observer, signal) {
      const sent = sentOf(order);
      if (sent === null || image === null) return runFailure('infrastructure', 'The image of the model was not prepared.');
      if (signal.aborted) return { kind: 'stopped' };
      const watch = { client, sent, told: new ToldOnce(observer), signal, clock };
      const end = await watchModel('run', { sent, image }, watch);
      return end.kind === 'broken' ? await followAgain(watch) : end;
    },
    async adopt(order): Promise<AdoptedModel | null> {
      const sent = sentOf(order);
      if (sent === null) return null;
      const { adopted } = await client.ask<{ adopted: boolean }>('adopt', { sent }, LIMITS_MS.adopt);
      if (!adopted) return null;
      const follow = async (observer: RunObserver, signal: AbortSignal): Promise<RunEnd> => {
        const watch = { client, sent, told: new ToldOnce(observer), signal, clock };
        const end = await watchModel('follow', { sent }, watch);
        return end.kind === 'broken' ? await followAgain(watch) : end;
      };
      return { follow };
    },
    async release({ taskUid, attempt }) {
      await client.ask('release', { attempt: { taskUid, attempt } }, LIMITS_MS.release);
    },
    async sweep(live) {
      const refs = live.map(({ taskUid, attempt }) => ({ taskUid, attempt }));
      return (await client.ask<{ gone: number }>('sweep', { live: refs }, LIMITS_MS.sweep)).gone;
    },
  };
  return withHandedFolders(runtime, modelUser);
}

async function prepare(
  client: LauncherClient,
  sent: SentOrder,
  options: { observer: RunObserver; signal: AbortSignal },
): Promise<Prepared> {
  const { observer, signal } = options;
  signal.throwIfAborted();
  let prepared: Prepared | null = null;
  try {
    await client.listen(
      'prepare',
      { sent },
      (line) => {
        if (line.kind === 'progress') observer.onProgress(line.text);
        if (line.kind === 'prepared') prepared = line.prepared;
      },
      signal,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof LauncherFault)) throw error;
    return failed('infrastructure', error.message);
  }
  return prepared ?? failed('infrastructure', 'The launcher ended its answer before it had prepared the model.');
}

function failed(failureClass: 'infrastructure' | 'invalid_model', reason: string): Prepared {
  return { kind: 'failed', failure: { class: failureClass, reason } };
}

/** What a launcher is told of an order; null where it is none for a container. */
function sentOrderOf({ taskUid, attempt, model, pinnedImage, folders, gpuUuids }: RunOrder, cpusPerSlot: number | null): SentOrder | null {
  if (model.source.kind !== 'image') return null;
  const { input, output } = folders;
  const limits = { ...model.limits, cpus: model.limits.cpus ?? cpusPerSlot };
  const { image } = model.source;
  return {
    taskUid,
    attempt,
    image,
    pinnedImage,
    folders: { input, output, model: folders.model },
    gpuUuids,
    loosened: model.loosened,
    limits,
  };
}

import type { Clock } from '@inference/domain';
import type Docker from 'dockerode';
import { machineFault } from '../machine-fault.ts';
import type { AttemptRef, ModelRuntime, RunEnd, RunObserver, RunOrder, RuntimeHealth } from '../model-runtime.ts';
import type { ModelUser } from '../model-user.ts';
import { OutputRelay } from '../output-relay.ts';
import { runFailure } from '../run-failure.ts';
import { findContainer, followContainer } from './adopt-container.ts';
import { Daemon, DaemonFault } from './daemon.ts';
import { getAnswer } from './get-answer.ts';
import { ANY_IMAGE, type ImagePolicy } from './image-policy.ts';
import { attemptLabels, LABELS } from './labels.ts';
import { type Engine, makeContainer } from './make-container.ts';
import { prepareImage } from './prepare-image.ts';
import { PULL_STALL_MS } from './pull-image.ts';
import { removeLabelled } from './remove-labelled.ts';
import { runContainer } from './run-container.ts';
import { startFailure } from './start-failure.ts';
import { sweepLabelled } from './sweep-labelled.ts';

/** `check` answers within this, in milliseconds. */
export const CHECK_LIMIT_MS = 5000;

export type DockerRuntimeOptions = {
  /** Where the engine is: `{ socketPath }`, or dockerode's other options. */
  readonly docker: Docker.DockerOptions;
  /** Tells this installation's containers from others' on the same machine: letters, digits, `_`, `.` and `-`. */
  readonly installationId: string;
  readonly clock: Clock;
  /** From TERM to KILL, in milliseconds. */
  readonly stopGraceMs: number;
  /** The user in the containers. Left out: an unprivileged one of our own when this process is root, else this process's user. */
  readonly modelUser?: ModelUser;
  /** Processor cores for models that do not say how many. Left out: all. */
  readonly cpusPerSlot?: number;
  /** A pull without progress for this long is given up, in milliseconds. Left out: two minutes. */
  readonly pullStallMs?: number;
  /** Left out: any image, pulled where it is missing. */
  readonly images?: ImagePolicy;
};

/**
 * Makes the runtime that runs models as sibling containers of a Docker engine, and looks into no folder: who has made an order's folders
 * hands them over (`withHandedFolders`). Nothing is asked of the engine yet.
 */
export function createContainerRuntime(options: DockerRuntimeOptions): ModelRuntime {
  const { installationId, clock, pullStallMs: stallMs = PULL_STALL_MS, images = ANY_IMAGE } = options;
  const daemon = new Daemon(options.docker, clock);
  const engine = { takesOpenFiles: true };
  /** Attempts that are prepared or run, by key: what they have made is no orphan, even if nobody has listed them yet. */
  const active = new Set<string>();
  /** What `prepare` has made for an order, `run` need not make. */
  const containers = new WeakMap<RunOrder, Docker.Container>();
  const watched = async (order: RunOrder, run: () => Promise<RunEnd>): Promise<RunEnd> => {
    active.add(keyOf(order));
    try {
      return await run();
    } catch (error) {
      return asEnd(error);
    } finally {
      active.delete(keyOf(order));
    }
  };
  return {
    modelsOutliveUs: true,
    check: () => check(daemon),
    async prepare(order, observer, signal) {
      active.add(keyOf(order));
      const prepared = await prepareImage(order, { daemon, clock, stallMs, images, observer, signal });
      if (prepared.kind === 'failed' || prepared.image === null) return prepared;
      try {
        containers.set(order, await makeContainer(order, prepared.image, { ...options, daemon, engine }));
        return prepared;
      } catch (error) {
        if (error instanceof DaemonFault) return { kind: 'failed', failure: startFailure(error) };
        throw error;
      }
    },
    run: (order, image, observer, signal) =>
      watched(order, () => runOrder(order, image, { ...options, daemon, engine, container: containers.get(order), observer, signal })),
    async adopt(order) {
      const found = await findContainer(order, daemon, installationId);
      if (found === null) return null;
      active.add(keyOf(order));
      const follow = (observer: RunObserver, signal: AbortSignal) =>
        followContainer(found, { ...options, daemon, model: order.model, relay: new OutputRelay(observer), signal });
      return { follow: (observer, signal) => watched(order, () => follow(observer, signal)) };
    },
    async release(attempt) {
      // First this: what cannot be removed now is an orphan from here on, for the sweep to remove.
      active.delete(keyOf(attempt));
      const { held } = await removeLabelled(daemon, attemptLabels(installationId, attempt));
      if (held > 0) throw new DaemonFault('Docker has not removed a container yet.', { status: null, said: 'removal in progress' });
    },
    async sweep(live) {
      const kept = new Set(live.map(keyOf));
      // What began after the caller listed its attempts is not an orphan.
      const isOrphan = (labels: Readonly<Record<string, string>>) => {
        const key = `${labels[LABELS.task]}/${labels[LABELS.attempt]}`;
        return !kept.has(key) && !active.has(key);
      };
      return await sweepLabelled({ daemon, clock }, { [LABELS.installation]: installationId }, isOrphan);
    },
  };
}

type RunContext = DockerRuntimeOptions & {
  readonly daemon: Daemon;
  readonly engine: Engine;
  /** The one that `prepare` has made. */
  readonly container: Docker.Container | undefined;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
};

/** What an engine says whose own limit on open files is lower than the one we set, and that may not raise it. */
const OPEN_FILES_REFUSED = /setting rlimit type 7/;

async function runOrder(order: RunOrder, image: string | null, context: RunContext): Promise<RunEnd> {
  const { daemon, engine, clock, stopGraceMs, installationId, observer, signal } = context;
  const { model } = order;
  if (image === null) return runFailure('infrastructure', 'The image of the model was not prepared.');
  const start = async (made?: Docker.Container) => {
    if (signal.aborted) return { kind: 'stopped' } as const;
    const container = made ?? (await makeContainer(order, image, context));
    return await runContainer(container, { daemon, clock, stopGraceMs, model, relay: new OutputRelay(observer), signal }).catch(asEnd);
  };
  const end = await start(context.container);
  if (end.kind !== 'failed' || !OPEN_FILES_REFUSED.test(end.failure.reason)) return end;
  // The model has not run: once more with the engine's own limit, and so from now on. Another run may have found that out meanwhile.
  engine.takesOpenFiles = false;
  await removeLabelled(daemon, attemptLabels(installationId, order));
  return await start();
}

/** A fault as the end of a run. What the engine refused was not started; after any other fault of it, nobody knows. */
function asEnd(fault: unknown): RunEnd {
  if (!(fault instanceof DaemonFault)) return machineFault(fault);
  const failure = startFailure(fault);
  return { kind: 'failed', failure, ...(failure.class === 'infrastructure' ? { mayLive: true } : {}) };
}

async function check(daemon: Daemon): Promise<RuntimeHealth> {
  try {
    const { Version: version } = await daemon.call('say its version', CHECK_LIMIT_MS, (docker, abortSignal) =>
      getAnswer<Docker.DockerVersion>(docker, '/version', abortSignal),
    );
    return { ok: true, version };
  } catch (error) {
    if (error instanceof DaemonFault) return { ok: false, reason: error.message };
    throw error;
  }
}

function keyOf({ taskUid, attempt }: AttemptRef): string {
  return `${taskUid}/${attempt}`;
}

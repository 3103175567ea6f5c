import type { Clock } from '@inference/domain';
import type Docker from 'dockerode';
import { machineFault } from '../machine-fault.ts';
import type { AttemptRef, ModelRuntime, RunEnd, RunObserver, RunOrder, RuntimeHealth } from '../model-runtime.ts';
import { giveFolders, MODEL_UID, type ModelUser } from '../model-user.ts';
import { openOutput } from '../open-output.ts';
import { OutputRelay } from '../output-relay.ts';
import { runFailure } from '../run-failure.ts';
import { containerSettings } from './container-settings.ts';
import { Daemon, DaemonFault } from './daemon.ts';
import { attemptLabels, LABELS } from './labels.ts';
import { prepareImage } from './prepare-image.ts';
import { PULL_STALL_MS } from './pull-image.ts';
import { removeLabelled } from './remove-labelled.ts';
import { runContainer } from './run-container.ts';

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
  /** A pull without progress for this long is given up, in milliseconds. Left out: two minutes. */
  readonly pullStallMs?: number;
};

/** Makes the runtime that runs models as sibling containers of a Docker engine. Nothing is asked of the engine yet. */
export function createDockerRuntime(options: DockerRuntimeOptions): ModelRuntime {
  const { installationId, clock, pullStallMs: stallMs = PULL_STALL_MS } = options;
  const daemon = new Daemon(options.docker, clock);
  const running = new Set<string>();
  const engine = { takesOpenFiles: true };
  return {
    check: () => check(daemon),
    prepare: (order, observer, signal) => prepareImage(order, { daemon, clock, stallMs, observer, signal }),
    async run(order, image, observer, signal) {
      running.add(keyOf(order));
      try {
        return await runOrder(order, image, { ...options, daemon, engine, observer, signal });
      } catch (error) {
        return error instanceof DaemonFault ? runFailure('infrastructure', error.message) : machineFault(error);
      } finally {
        running.delete(keyOf(order));
      }
    },
    async release(attempt) {
      await removeLabelled(daemon, attemptLabels(installationId, attempt));
    },
    async sweep(live) {
      const kept = new Set(live.map(keyOf));
      // What began after the caller listed its attempts is not an orphan.
      const isOrphan = (labels: Readonly<Record<string, string>>) => {
        const key = `${labels[LABELS.task]}/${labels[LABELS.attempt]}`;
        return !kept.has(key) && !running.has(key);
      };
      return await removeLabelled(daemon, { [LABELS.installation]: installationId }, isOrphan);
    },
  };
}

type RunContext = DockerRuntimeOptions & {
  readonly daemon: Daemon;
  /** What was found out about the engine while it was used. */
  readonly engine: { takesOpenFiles: boolean };
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
};

/** What an engine says whose own limit on open files is lower than the one we set, and that may not raise it. */
const OPEN_FILES_REFUSED = /setting rlimit type 7/;

async function runOrder(order: RunOrder, image: string | null, context: RunContext): Promise<RunEnd> {
  const { daemon, engine, clock, stopGraceMs, installationId, observer, signal } = context;
  const { model } = order;
  if (image === null) return runFailure('infrastructure', 'The image of the model was not prepared.');
  const isRoot = process.getuid?.() === 0;
  const asImageUser = model.loosened.includes('image-user');
  if (asImageUser && !isRoot) {
    return runFailure(
      'invalid_model',
      'A model with loosened=image-user needs a consumer that runs as root: others cannot collect its output.',
    );
  }
  const user = context.modelUser ?? ownUser(isRoot);
  if (isRoot) await giveFolders(order.folders, asImageUser ? null : user);
  const start = async () => {
    const settings = containerSettings(order, image, { installationId, user, setOpenFiles: engine.takesOpenFiles });
    const end = await runContainer(settings, { daemon, clock, stopGraceMs, model, relay: new OutputRelay(observer), signal });
    if (!isRoot) await openOutput(order.folders.output);
    return end;
  };
  const end = await start();
  if (!engine.takesOpenFiles || end.kind !== 'failed' || !OPEN_FILES_REFUSED.test(end.failure.reason)) return end;
  // The model has not run: once more with the engine's own limit, and so from now on.
  engine.takesOpenFiles = false;
  await removeLabelled(daemon, attemptLabels(installationId, order));
  return await start();
}

function ownUser(isRoot: boolean): ModelUser {
  if (isRoot) return { uid: MODEL_UID, gid: MODEL_UID };
  return { uid: process.getuid?.() ?? MODEL_UID, gid: process.getgid?.() ?? MODEL_UID };
}

async function check(daemon: Daemon): Promise<RuntimeHealth> {
  try {
    const { Version: version } = await daemon.call('say its version', CHECK_LIMIT_MS, (docker) => docker.version());
    return { ok: true, version };
  } catch (error) {
    if (error instanceof DaemonFault) return { ok: false, reason: error.message };
    throw error;
  }
}

function keyOf({ taskUid, attempt }: AttemptRef): string {
  return `${taskUid}/${attempt}`;
}

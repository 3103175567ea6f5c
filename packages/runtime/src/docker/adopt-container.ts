import type Docker from 'dockerode';
import type { RunEnd, RunOrder } from '../model-runtime.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';
import { endedAlone } from './ended-alone.ts';
import { readOutput } from './follow-output.ts';
import { attemptLabels, labelFilter } from './labels.ts';
import { endOf, hearTheRest, type SeeOptions, seeToEnd } from './see-to-end.ts';
import { SignalWatch } from './signal-watch.ts';

const RUNNING = ['running', 'paused'];
const ENDED = 'exited';
/** How the engine says that a container has never ended. */
const NEVER = '0001-01-01T00:00:00Z';
/**
 * Ends that others bring about: KILL, TERM, and an engine that was ended itself. Nobody watched, so they say nothing of the model: it is run
 * again.
 */
const ENDED_BY_OTHERS = [137, 143, 255];

/** A container that was started by an earlier process, when that was, and whether it still ran when it was looked at. */
export type FoundContainer = { readonly container: Docker.Container; readonly startedAt: string; readonly isRunning: boolean };

/**
 * The container of an attempt, if it was started once, and either runs or has ended by itself: one that was told to end, as by an engine that
 * ends, may have ended well with half of its output. Rejects with `DaemonFault`.
 */
export async function findContainer(order: RunOrder, daemon: Daemon, installationId: string): Promise<FoundContainer | null> {
  const filters = labelFilter(attemptLabels(installationId, order));
  const found = await daemon.call('list containers', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  for (const { Id: id } of found) {
    const container = await daemon.call('find a container', DAEMON_LIMITS_MS.look, async (docker) => docker.getContainer(id));
    const { State: state, Created: created } = await daemon.call('describe a container', DAEMON_LIMITS_MS.look, (_docker, abortSignal) =>
      container.inspect({ abortSignal }),
    );
    const { StartedAt: startedAt, FinishedAt: finished } = state;
    if (RUNNING.includes(state.Status)) return finished === NEVER ? { container, startedAt, isRunning: true } : null;
    const endedByItself = state.OOMKilled || !ENDED_BY_OTHERS.includes(state.ExitCode);
    if (state.Status === ENDED && endedByItself && (await endedAlone(container, { created, started: startedAt, finished }, daemon)))
      return { container, startedAt, isRunning: false };
  }
  return null;
}

/** Follows such a container to its end, and says how it ended. The container stays, for `release`. Rejects with `DaemonFault`. */
export async function followContainer({ container, startedAt, isRunning }: FoundContainer, options: SeeOptions): Promise<RunEnd> {
  const output = await readOutput(container, options.daemon, options.relay);
  try {
    if (isRunning) {
      using signals = await SignalWatch.open(container, options.daemon, startedAt);
      return await seeToEnd(container, { output, signals }, options);
    }
    await hearTheRest(output, options);
    return await endOf(container, options);
  } finally {
    output.close();
  }
}

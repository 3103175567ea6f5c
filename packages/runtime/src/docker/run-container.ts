import type { Clock, ModelSpec } from '@inference/domain';
import type Docker from 'dockerode';
import { exitFailure } from '../exit-failure.ts';
import type { RunEnd } from '../model-runtime.ts';
import type { OutputRelay } from '../output-relay.ts';
import { runFailure } from '../run-failure.ts';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { delay } from './delay.ts';
import { type FollowedOutput, followOutput } from './follow-output.ts';
import { startFailure } from './start-failure.ts';
import { waitOrStop } from './wait-or-stop.ts';

/** After a model has ended, its last output arrives within this, in milliseconds, or is given up. */
const DRAIN_LIMIT_MS = 10_000;
/** The engine reports an out-of-memory kill a moment after the exit: how long to wait for it, in milliseconds. */
const OOM_REPORT_MS = 200;
const KILLED = 137;
const NEVER_STARTED = 128;
const OOM_WARNING = 'A process of the model ran out of memory, though the model ended well: its output may be incomplete.';

type RunContainerOptions = {
  readonly daemon: Daemon;
  readonly clock: Clock;
  readonly stopGraceMs: number;
  readonly model: ModelSpec;
  readonly relay: OutputRelay;
  readonly signal: AbortSignal;
};

/** Runs a container to its end and says how it ended. The container stays, for `release`. */
export async function runContainer(container: Docker.Container, options: RunContainerOptions): Promise<RunEnd> {
  const { daemon, signal, relay, clock } = options;
  if (signal.aborted) return { kind: 'stopped' };
  let output: FollowedOutput | undefined;
  try {
    output = await followOutput(container, daemon, relay);
    await daemon.call('start a container', DAEMON_LIMITS_MS.start, (_docker, abortSignal) => container.start({ abortSignal }));
    void output.ended.then(() => relay.closing());
    const stopped = await waitOrStop(container, options);
    const drain = delay(DRAIN_LIMIT_MS, clock);
    await Promise.race([output.ended, drain.elapsed]);
    drain.cancel();
    relay.end();
    return stopped ? { kind: 'stopped' } : await outcome(container, options);
  } catch (error) {
    if (error instanceof DaemonFault) return { kind: 'failed', failure: startFailure(error) };
    throw error;
  } finally {
    output?.close();
  }
}

async function outcome(container: Docker.Container, { daemon, relay, clock, model }: RunContainerOptions): Promise<RunEnd> {
  const look = () =>
    daemon.call('describe a container', DAEMON_LIMITS_MS.look, (_docker, abortSignal) => container.inspect({ abortSignal }));
  let { State: state } = await look();
  if (state.ExitCode === KILLED && !state.OOMKilled) {
    await delay(OOM_REPORT_MS, clock).elapsed;
    state = (await look()).State;
  }
  if (state.ExitCode === 0) return { kind: 'done', warnings: state.OOMKilled ? [OOM_WARNING] : [] };
  if (state.ExitCode === NEVER_STARTED && state.Error !== '') {
    return runFailure('infrastructure', `The container of the model was not started: ${state.Error}.`);
  }
  const exit = { exitCode: state.ExitCode, outOfMemory: state.OOMKilled, stderr: relay.lastStderrLines() };
  return { kind: 'failed', failure: exitFailure(model, exit) };
}

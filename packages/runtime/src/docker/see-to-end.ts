import type { Clock, ModelSpec } from '@inference/domain';
import type Docker from 'dockerode';
import { exitFailure } from '../exit-failure.ts';
import { HangWatch } from '../hang-watch.ts';
import type { ModelUsage, RunEnd } from '../model-runtime.ts';
import type { OutputRelay } from '../output-relay.ts';
import { runFailure } from '../run-failure.ts';
import { containerCpuMs } from './container-cpu.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';
import { delay } from './delay.ts';
import type { FollowedOutput } from './follow-output.ts';
import type { SignalWatch } from './signal-watch.ts';
import { UsageWatch } from './usage-watch.ts';
import { waitOrStop } from './wait-or-stop.ts';

/** After a model has ended, its last output arrives within this, in milliseconds, or is given up. */
export const DRAIN_LIMIT_MS = 10_000;
/** The engine reports an out-of-memory kill a moment after the exit, later where it has much to do: between two looks, in milliseconds. */
const OOM_REPORT_MS = 200;
const OOM_LOOKS_MAX = 5;
const KILLED = 137;
const NEVER_STARTED = 128;
const OOM_WARNING = 'A process of the model ran out of memory, though the model ended well: its output may be incomplete.';
const STARTED_AGAIN = 'The container of the model was started again, and not by us: its output may not be whole.';

export type SeeOptions = {
  readonly daemon: Daemon;
  readonly clock: Clock;
  readonly stopGraceMs: number;
  readonly model: ModelSpec;
  readonly relay: OutputRelay;
  readonly signal: AbortSignal;
};

/** `usage`: what the model was seen to use. */
type EndOptions = SeeOptions & { readonly usage?: ModelUsage };

/** What is heard of a container while it runs. */
type Heard = { readonly output: FollowedOutput; readonly signals: SignalWatch };

/** Sees a started container to its end, and says how it ended. Rejects with `DaemonFault`. */
export async function seeToEnd(container: Docker.Container, { output, signals }: Heard, options: SeeOptions): Promise<RunEnd> {
  const { daemon, clock, model, relay, signal } = options;
  using used = new UsageWatch(container.id, { clock });
  void output.ended.then(() => {
    used.look();
    relay.closing();
  });
  const cpuMs = () => containerCpuMs(container, daemon);
  const onHung = relay.hung.bind(relay);
  using _watch = new HangWatch({ hangMs: model.limits.hangMs, clock, signal, printedBytes: () => relay.bytes, cpuMs, onHung });
  const stopped = await waitOrStop(container, options);
  await hearTheRest(output, options);
  const { usage } = used;
  if (stopped) return { kind: 'stopped', usage };
  const doubt = await signals.doubt(clock);
  return { ...(doubt === null ? await endOf(container, { ...options, usage }) : unknownEnd(doubt)), usage };
}

/** Waits for the last output of a container that has ended. */
export async function hearTheRest(output: FollowedOutput, { clock, relay }: SeeOptions): Promise<void> {
  const drain = delay(DRAIN_LIMIT_MS, clock);
  await Promise.race([output.ended, drain.elapsed]);
  drain.cancel();
  relay.end();
}

/** How a container that has ended by itself ended. Rejects with `DaemonFault`. */
export async function endOf(container: Docker.Container, { daemon, relay, clock, model, usage }: EndOptions): Promise<RunEnd> {
  const look = () =>
    daemon.call('describe a container', DAEMON_LIMITS_MS.look, (_docker, abortSignal) => container.inspect({ abortSignal }));
  let { State: state } = await look();
  if (state.Running) return unknownEnd(STARTED_AGAIN);
  for (let looks = 0; state.ExitCode === KILLED && !state.OOMKilled && looks < OOM_LOOKS_MAX; looks++) {
    await delay(OOM_REPORT_MS, clock).elapsed;
    state = (await look()).State;
  }
  if (state.ExitCode === 0) return { kind: 'done', warnings: state.OOMKilled ? [OOM_WARNING] : [] };
  if (state.ExitCode === NEVER_STARTED && state.Error !== '') {
    return runFailure('infrastructure', `The container of the model was not started: ${state.Error}.`);
  }
  const memoryPeakBytes = usage?.memoryPeakBytes ?? null;
  const exit = { exitCode: state.ExitCode, outOfMemory: state.OOMKilled, memoryPeakBytes, stderr: relay.lastStderrLines() };
  return { kind: 'failed', failure: exitFailure(model, exit) };
}

/** Others have ended the model, or started it anew: who ends well on TERM has half an output, and the container may run. */
function unknownEnd(reason: string): RunEnd {
  return { ...runFailure('infrastructure', reason), mayLive: true };
}

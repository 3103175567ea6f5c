import type Docker from 'dockerode';
import type { RunEnd } from '../model-runtime.ts';
import { DAEMON_LIMITS_MS } from './daemon.ts';
import { followOutput } from './follow-output.ts';
import { type SeeOptions, seeToEnd } from './see-to-end.ts';
import { SignalWatch } from './signal-watch.ts';

/** Runs a container to its end and says how it ended. The container stays, for `release`. Rejects with `DaemonFault`. */
export async function runContainer(container: Docker.Container, options: SeeOptions): Promise<RunEnd> {
  const { daemon, signal, relay } = options;
  if (signal.aborted) return { kind: 'stopped' };
  const output = await followOutput(container, daemon, relay);
  try {
    using signals = await SignalWatch.open(container, daemon);
    await daemon.call('start a container', DAEMON_LIMITS_MS.start, (_docker, abortSignal) => container.start({ abortSignal }));
    return await seeToEnd(container, { output, signals }, options);
  } finally {
    output.close();
  }
}

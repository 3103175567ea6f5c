import type Docker from 'dockerode';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';

const NANOSECONDS_PER_MS = 1_000_000;

/** The processor time that all of a running container has used, in milliseconds; null where the engine cannot tell it. */
export async function containerCpuMs(container: Docker.Container, daemon: Daemon): Promise<number | null> {
  try {
    const stats = await daemon.call('tell what a container uses', DAEMON_LIMITS_MS.look, (_docker, abortSignal) => {
      // One shot: else the engine looks twice, a second apart.
      const options = { stream: false, 'one-shot': true, abortSignal } as const;
      return container.stats(options);
    });
    // An engine that could not look leaves the number out.
    const used = stats.cpu_stats?.cpu_usage?.total_usage as number | undefined;
    return used === undefined ? null : used / NANOSECONDS_PER_MS;
  } catch (error) {
    // That the engine is gone is heard by whoever waits for the container.
    if (error instanceof DaemonFault) return null;
    throw error;
  }
}

import type Docker from 'dockerode';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { getAnswer } from './get-answer.ts';

const NOT_FOUND = 404;

/** What the engine knows of an image, by its name or id; null where it has none. Rejects with `DaemonFault`. */
export async function lookAtImage(image: string, daemon: Daemon): Promise<Docker.ImageInspectInfo | null> {
  try {
    return await daemon.call('look for an image', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
      getAnswer<Docker.ImageInspectInfo>(docker, `/images/${image}/json`, abortSignal),
    );
  } catch (error) {
    if (error instanceof DaemonFault && error.status === NOT_FOUND) return null;
    throw error;
  }
}

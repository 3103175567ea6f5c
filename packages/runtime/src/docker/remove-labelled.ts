import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { labelFilter } from './labels.ts';

const NOT_FOUND = 404;
/** The engine is already removing it. */
const CONFLICT = 409;

/** Removes the containers that have all of `labels` and that `chosen` wants; answers how many went, and how many others the engine still holds. */
export async function removeLabelled(
  daemon: Daemon,
  labels: Readonly<Record<string, string>>,
  chosen: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): Promise<{ gone: number; held: number }> {
  const containers = await daemon.call('list containers', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
    docker.listContainers({ all: true, filters: labelFilter(labels), abortSignal }),
  );
  const answers = await Promise.all(
    containers
      .filter(({ Labels: found }) => chosen(found ?? {}))
      .map(({ Id: id }) =>
        removed(() =>
          daemon.call('remove a container', DAEMON_LIMITS_MS.remove, (docker, abortSignal) =>
            // With `v` the volumes that the image itself declares go, too.
            docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
          ),
        ),
      ),
  );
  const count = (wanted: string) => answers.filter((answer) => answer === wanted).length;
  return { gone: count('gone'), held: count('held') };
}

async function removed(remove: () => Promise<unknown>): Promise<'gone' | 'went_before' | 'held'> {
  try {
    await remove();
    return 'gone';
  } catch (error) {
    if (error instanceof DaemonFault && error.status === NOT_FOUND) return 'went_before';
    if (error instanceof DaemonFault && error.status === CONFLICT) return 'held';
    throw error;
  }
}

import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { labelFilter } from './labels.ts';

type Labelled = { readonly Labels?: Record<string, string> | null };

const NOT_FOUND = 404;
/** The engine is already removing it. */
const CONFLICT = 409;

/** Removes the containers, then the volumes that have all of `labels` and that `chosen` wants; answers how many went. */
export async function removeLabelled(
  daemon: Daemon,
  labels: Readonly<Record<string, string>>,
  chosen: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): Promise<number> {
  const filters = labelFilter(labels);
  const wanted = ({ Labels: found }: Labelled) => chosen(found ?? {});
  const containers = await daemon.call('list containers', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  const goneContainers = await Promise.all(
    containers
      .filter(wanted)
      .map(({ Id: id }) =>
        removed(() =>
          daemon.call('remove a container', DAEMON_LIMITS_MS.remove, (docker, abortSignal) =>
            docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
          ),
        ),
      ),
  );
  const { Volumes: volumes } = await daemon.call('list volumes', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
    docker.listVolumes({ filters, abortSignal }),
  );
  const goneVolumes = await Promise.all(
    (volumes ?? [])
      .filter(wanted)
      .map(({ Name: name }) =>
        removed(() =>
          daemon.call('remove a volume', DAEMON_LIMITS_MS.remove, (docker, abortSignal) =>
            docker.getVolume(name).remove({ force: true, abortSignal }),
          ),
        ),
      ),
  );
  return [...goneContainers, ...goneVolumes].filter(Boolean).length;
}

async function removed(remove: () => Promise<unknown>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    // Gone already, or held for a moment longer: the next sweep sees to that.
    if (error instanceof DaemonFault && (error.status === NOT_FOUND || error.status === CONFLICT)) return false;
    throw error;
  }
}

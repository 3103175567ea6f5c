import type Docker from 'dockerode';
import type { RunOrder } from '../model-runtime.ts';
import { MODEL_UID, type ModelUser } from '../model-user.ts';
import { containerSettings } from './container-settings.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';

/** What was found out about the engine while it was used. */
export type Engine = { takesOpenFiles: boolean };

type MakeOptions = {
  readonly daemon: Daemon;
  readonly engine: Engine;
  readonly installationId: string;
  readonly modelUser?: ModelUser;
};

/** Makes the container of an attempt without starting it. Rejects with `DaemonFault`. */
export function makeContainer(order: RunOrder, image: string, options: MakeOptions): Promise<Docker.Container> {
  const { daemon, engine, installationId, modelUser: user = ownUser() } = options;
  const settings = containerSettings(order, image, { installationId, user, setOpenFiles: engine.takesOpenFiles });
  return daemon.call('create a container', DAEMON_LIMITS_MS.change, (docker, abortSignal) =>
    docker.createContainer({ ...settings, abortSignal }),
  );
}

/** The user in containers unless somebody names one: an unprivileged one where this process is root, else this process's own. */
export function ownUser(): ModelUser {
  if (process.getuid?.() === 0) return { uid: MODEL_UID, gid: MODEL_UID };
  return { uid: process.getuid?.() ?? MODEL_UID, gid: process.getgid?.() ?? MODEL_UID };
}

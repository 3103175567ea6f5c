import { availableParallelism } from 'node:os';
import type Docker from 'dockerode';
import type { RunOrder } from '../model-runtime.ts';
import { type ModelUser, ownUser } from '../model-user.ts';
import { containerSettings } from './container-settings.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';
import { lookAtImage } from './look-at-image.ts';

/** What was found out about the engine while it was used. */
export type Engine = { takesOpenFiles: boolean };

type MakeOptions = {
  readonly daemon: Daemon;
  readonly engine: Engine;
  readonly installationId: string;
  readonly modelUser?: ModelUser;
  readonly cpusPerSlot?: number;
};

/** Makes the container of an attempt without starting it. Rejects with `DaemonFault`. */
export async function makeContainer(order: RunOrder, image: string, options: MakeOptions): Promise<Docker.Container> {
  const { daemon, engine, installationId, modelUser: user = ownUser(), cpusPerSlot = null } = options;
  const volumes = Object.keys((await lookAtImage(image, daemon))?.Config?.Volumes ?? {});
  const surroundings = { installationId, user, setOpenFiles: engine.takesOpenFiles, cpusPerSlot, cores: availableParallelism(), volumes };
  const settings = containerSettings(order, image, surroundings);
  return await daemon.call('create a container', DAEMON_LIMITS_MS.change, (docker, abortSignal) =>
    docker.createContainer({ ...settings, abortSignal }),
  );
}

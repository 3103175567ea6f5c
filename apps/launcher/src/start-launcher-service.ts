import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { createContainerRuntime, createLauncherServer, type GpuChoice, type ModelRuntime, nvidiaSmi } from '@inference/runtime';
import {
  type Component,
  closeServer,
  createHealthServer,
  Health,
  type Log,
  openPort,
  StartRefused,
  type TearDown,
  withSetting,
} from '@inference/service';
import type { Config } from './config.ts';
import { openSocket } from './open-socket.ts';
import { ownerOf } from './owner-of.ts';

/** From TERM to KILL for a model that is stopped, in milliseconds. */
const STOP_GRACE_MS = 10_000;
/** So many characters of a hash are unlike any other's. */
const HASH_CHARS = 16;

/** Starts a launcher: it listens for consumers on its socket, and has no part in the network but its health checks. */
export async function startLauncherService(config: Config, log: Log, down: TearDown): Promise<void> {
  const health = new Health({ clock: systemClock, log });
  const healthServer = createHealthServer(health);
  const port = await openPort(healthServer, config);
  down.add(() => closeServer(healthServer));
  const workFolder = await withSetting('WORK_DIR', () => folderWithoutLinks(config.workFolder));
  const gpuUuids = await listGpus(config.gpus);
  const { loosenAllowed, memoryBytesMax, pidsMax, containersMax } = config;
  const server = createLauncherServer({
    rules: { workFolder, gpuUuids, loosenAllowed, memoryBytesMax, pidsMax },
    containersMax,
    runtimeFor: (consumer) => runtimeFor(consumer, workFolder, config),
    onRefused: (what) => log.warn(what, 'an order was refused'),
    onFault: (error) => log.error({ err: error }, 'a fault ended what the launcher was asked for'),
  });
  await withSetting('LAUNCHER_SOCKET', () => openSocket(server, config.socketPath));
  // Answers that are open belong to models that go on: who waits for them comes again.
  down.add(
    () => closeServer(server, 0),
    () => server.closeAllConnections(),
  );
  health.watch(engineCheck(config));
  down.add(async () => health.draining());
  health.serving();
  log.info({ host: config.host, port, workFolder, gpus: gpuUuids, loosenAllowed }, 'the launcher waits for consumers');
}

async function folderWithoutLinks(path: string): Promise<string> {
  const real = await realpath(path);
  if (real === path) return real;
  throw new StartRefused(`WORK_DIR has a link in its path: name ${real}, here and for the consumers.`, { isConfiguration: true });
}

async function listGpus(choice: GpuChoice): Promise<readonly string[]> {
  if (choice !== 'auto') return choice;
  try {
    return (await nvidiaSmi().list()).map(({ uuid }) => uuid);
  } catch (error) {
    throw new StartRefused(`${(error as Error).message} With GPUS=none this launcher gives out none.`, { cause: error });
  }
}

/** The containers of one consumer: no other's are seen, and what it is called is nobody else's to say. They run as the folder's owner. */
async function runtimeFor(consumer: string, workFolder: string, { dockerSocket, images }: Config): Promise<ModelRuntime | null> {
  const installation = createHash('sha256').update(workFolder).digest('hex').slice(0, HASH_CHARS);
  const owner = await ownerOf(join(workFolder, consumer));
  if (owner === null) return null;
  return createContainerRuntime({
    docker: { socketPath: dockerSocket },
    installationId: `launcher-${installation}-${consumer}`,
    clock: systemClock,
    stopGraceMs: STOP_GRACE_MS,
    images,
    ...(owner.uid === 0 ? {} : { modelUser: owner }),
  });
}

function engineCheck({ dockerSocket }: Config): Component {
  const docker = { socketPath: dockerSocket };
  const runtime = createContainerRuntime({ docker, installationId: 'none', clock: systemClock, stopGraceMs: STOP_GRACE_MS });
  return {
    name: 'runtime-docker',
    needed: true,
    async check() {
      const health = await runtime.check();
      return health.ok ? { ok: true, text: `It answers (${health.version}).` } : { ok: false, text: health.reason };
    },
  };
}

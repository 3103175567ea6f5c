import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { FolderModel } from '@inference/contracts';
import { nodeDisk } from '@inference/disk';
import { newId, OUTPUT_LIMITS, reasonOf, systemClock } from '@inference/domain';
import { createRabbitQueue } from '@inference/queue';
import {
  createDockerRuntime,
  createLauncherRuntime,
  createProcessRuntime,
  MODEL_FILES,
  type ModelRuntime,
  nvidiaSmi,
  sharedCores,
} from '@inference/runtime';
import { closeServer, createHealthServer, Health, type Log, openPort, StartRefused, type TearDown, withSetting } from '@inference/service';
import { componentChecks, poolsCheck } from './component-checks.ts';
import type { Config } from './config.ts';
import { DEFAULT_TIMING, type Deps, type Lane } from './deps.ts';
import { DeviceWatch } from './device-watch.ts';
import { findCapacity } from './find-capacity.ts';
import { findFolderModels } from './find-folder-models.ts';
import { createHttpControlPlane } from './http-control-plane/create-http-control-plane.ts';
import { Outage } from './http-control-plane/outage.ts';
import { findMachineBootId } from './journal/find-machine-boot-id.ts';
import { ModelFiles } from './model-files.ts';
import { openOutputDisks } from './output-disk/open-output-disks.ts';
import { NOT_WELL, type RunningConsumer, startConsumer } from './start-consumer.ts';
import { takeGpus } from './take-gpus.ts';
import { takeWorkFolder, type WorkFolder } from './take-work-folder.ts';
import { waitForPrivateApi } from './wait-for-private-api.ts';
import { ZIPS } from './zips.ts';

/** From TERM to KILL for a model that is stopped, in milliseconds. */
const STOP_GRACE_MS = 10_000;
/** Services start in any order: the private API may take so long to be ready, in milliseconds. */
const PRIVATE_API_WAIT_MS = 180_000;

/** Starts a consumer that is a process of its own. It answers health checks from the first moment, and until it has drained. */
export async function startConsumerService(config: Config, log: Log, down: TearDown): Promise<void> {
  const health = new Health({ clock: systemClock, log });
  const server = createHealthServer(health);
  const port = await openPort(server, config);
  down.add(() => closeServer(server));
  const folder = await withSetting('WORK_DIR', () => takeWorkFolder(config.workFolder, config.hostName));
  down.add(async () => folder.release());
  log.info({ host: config.host, port, workFolder: folder.path }, 'the consumer answers health checks');

  const { deps, runtimes } = await wire(config, folder, { log, down });
  health.watch(...componentChecks({ privateApiUrl: config.privateApiUrl, queue: deps.queue, runtimes, workFolder: folder.path }));
  await waitForPrivateApi(config.privateApiUrl, { limitMs: PRIVATE_API_WAIT_MS, clock: systemClock, log });
  const consumer = await start(deps, down);
  if (consumer === null) return;
  health.watch(poolsCheck(consumer));
  down.add(async () => health.draining());
  health.serving();
  if (Object.keys(consumer.trouble).length > 0) log.warn({ trouble: consumer.trouble }, NOT_WELL);
  const pools = Object.fromEntries(deps.lanes.map((lane) => [lane.pool, lane.slots]));
  log.info(
    { consumerId: deps.consumerId, pools, gpus: deps.gpuUuids, folderModels: deps.folderModels.map((model) => model.humanReadableId) },
    'the consumer claims tasks',
  );
}

type Surroundings = { readonly log: Log; readonly down: TearDown };

async function wire(config: Config, folder: WorkFolder, { log, down }: Surroundings) {
  if (config.launcherSocket !== null && config.outputQuota === 'loop') {
    const sentence =
      'OUTPUT_QUOTA=loop does not go with LAUNCHER_SOCKET: the launcher mounts no other folders than it knows. Use OUTPUT_QUOTA=watchdog.';
    throw new StartRefused(sentence, { isConfiguration: true });
  }
  const gpus = await takeGpus(config.gpus, { root: config.workFolder, log });
  down.add(async () => gpus.release());
  const gpuUuids = gpus.devices.map(({ uuid }) => uuid);
  const { lanes, runtimes, folderModels } = await wireRuntimes(config, folder, { gpuUuids, log });
  const capacity = await findCapacity({ disk: nodeDisk, workFolder: folder.path });
  const devices = new DeviceWatch(gpus.devices, { source: nvidiaSmi(), clock: systemClock, log });
  const queue = createRabbitQueue({ url: config.rabbitUrl, log });
  down.add(() => queue.close());
  const clock = systemClock;
  const control = createHttpControlPlane({ url: config.privateApiUrl.href, key: config.consumerKey, clock, log });
  down.add(() => control.close());
  const deps: Deps = {
    consumerId: nameOf(config, folder),
    bootId: randomUUID(),
    machineBootId: await findMachineBootId({ disk: nodeDisk, newId }),
    control,
    queue,
    lanes,
    gpuUuids,
    devices,
    node: () => ({ labels: config.nodeLabels, capacity, devices: devices.now() }),
    workFolder: folder.path,
    folderModels,
    disk: nodeDisk,
    workFreeBytesMin: config.workFreeBytesMin,
    zips: ZIPS,
    modelFiles: new ModelFiles({
      root: join(folder.path, MODEL_FILES),
      bytesMax: config.modelFilesBytesMax,
      disk: nodeDisk,
      zips: ZIPS,
    }),
    clock,
    newId,
    log,
    outputLimits: OUTPUT_LIMITS,
    outputDisks: await openOutputDisks(config.outputQuota, folder.path),
    timing: { ...DEFAULT_TIMING, drainMs: config.drainMs },
  };
  return { deps, runtimes };
}

async function wireRuntimes(config: Config, folder: WorkFolder, { gpuUuids, log }: { gpuUuids: readonly string[]; log: Log }) {
  const { dockerSlots, processSlots, modelsFolder } = config;
  const lanes: Lane[] = [];
  const runtimes: Record<string, ModelRuntime> = {};
  let folderModels: FolderModel[] = [];
  if (dockerSlots + gpuUuids.length > 0) {
    const docker = wireContainers(config, folder, config.cpusPerSlot ?? sharedCores(dockerSlots + gpuUuids.length));
    runtimes['docker'] = docker;
    if (dockerSlots > 0) lanes.push({ pool: 'docker-cpu', slots: dockerSlots, runtime: docker });
    if (gpuUuids.length > 0) lanes.push({ pool: 'docker-gpu', slots: gpuUuids.length, runtime: docker });
  }
  if (processSlots > 0 && modelsFolder !== null) {
    folderModels = await findFolderModels(modelsFolder, log);
    const process = await createProcessRuntime({ clock: systemClock, stopGraceMs: STOP_GRACE_MS, modelsFolder, consumer: folder.identity });
    runtimes['process'] = process;
    lanes.push({ pool: 'process', slots: processSlots, runtime: process });
  }
  if (lanes.length === 0) throw new StartRefused('This consumer could run nothing: set DOCKER_SLOTS or PROCESS_SLOTS, or give it a GPU.');
  return { lanes, runtimes, folderModels };
}

/** What runs containers: a launcher that has the engine, where there is one, or this process. */
function wireContainers({ launcherSocket, dockerSocket, images }: Config, folder: WorkFolder, cpusPerSlot: number): ModelRuntime {
  if (launcherSocket !== null) {
    const consumer = basename(folder.path);
    return createLauncherRuntime({ socketPath: launcherSocket, consumer, clock: systemClock, newId, cpusPerSlot });
  }
  // Each consumer sweeps its own containers only: those of its neighbours on the same engine are no orphans.
  return createDockerRuntime({
    docker: { socketPath: dockerSocket },
    installationId: folder.identity,
    clock: systemClock,
    stopGraceMs: STOP_GRACE_MS,
    images,
    cpusPerSlot,
  });
}

function nameOf({ consumerId }: Config, { number, identity }: WorkFolder): string {
  if (consumerId === null) return identity;
  return number === 1 ? consumerId : `${consumerId}-${number}`;
}

async function start(deps: Deps, down: TearDown): Promise<RunningConsumer | null> {
  try {
    return await startConsumer(deps, down);
  } catch (error) {
    throw error instanceof Outage ? new StartRefused(reasonOf(error), { cause: error }) : error;
  }
}

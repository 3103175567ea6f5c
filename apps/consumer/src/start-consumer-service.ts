import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FolderModel } from '@inference/contracts';
import { newId, OUTPUT_LIMITS, reasonOf, systemClock } from '@inference/domain';
import { createRabbitQueue } from '@inference/queue';
import { createDockerRuntime, createProcessRuntime, type ModelRuntime } from '@inference/runtime';
import {
  closeServer,
  createHealthServer,
  Health,
  type Log,
  openPort,
  type StartedService,
  StartRefused,
  type TearDown,
  withSetting,
} from '@inference/service';
import { componentChecks } from './component-checks.ts';
import type { Config } from './config.ts';
import { DEFAULT_TIMING, type Deps, type Lane } from './deps.ts';
import { findFolderModels } from './find-folder-models.ts';
import { createHttpControlPlane } from './http-control-plane/create-http-control-plane.ts';
import { Outage } from './http-control-plane/outage.ts';
import { ModelFiles } from './model-files.ts';
import { NOT_WELL, type RunningConsumer, startConsumer } from './start-consumer.ts';
import { takeGpus } from './take-gpus.ts';
import { takeWorkFolder, type WorkFolder } from './take-work-folder.ts';
import { waitForPrivateApi } from './wait-for-private-api.ts';

/** From TERM to KILL for a model that is stopped, in milliseconds. */
const STOP_GRACE_MS = 10_000;
/** Services start in any order: the private API may take so long to be ready, in milliseconds. */
const PRIVATE_API_WAIT_MS = 180_000;

/** Starts a consumer that is a process of its own. It answers health checks from the first moment, and until it has drained. */
export async function startConsumerService(config: Config, log: Log, down: TearDown): Promise<StartedService> {
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
  const consumer = await start(deps);
  down.add(() => consumer.drain());
  down.add(async () => health.draining());
  health.serving();
  if (Object.keys(consumer.trouble).length > 0) log.warn({ trouble: consumer.trouble }, NOT_WELL);
  const pools = Object.fromEntries(deps.lanes.map((lane) => [lane.pool, lane.slots]));
  log.info(
    { consumerId: deps.consumerId, pools, gpus: deps.gpuUuids, folderModels: deps.folderModels.map((model) => model.humanReadableId) },
    'the consumer claims tasks',
  );
  return { hurry: () => consumer.handBack() };
}

type Surroundings = { readonly log: Log; readonly down: TearDown };

async function wire(config: Config, folder: WorkFolder, { log, down }: Surroundings) {
  const gpus = await takeGpus(config.gpus, { root: config.workFolder, log });
  down.add(async () => gpus.release());
  const { lanes, runtimes, folderModels } = await wireRuntimes(config, folder, { gpuUuids: gpus.uuids, log });
  const queue = createRabbitQueue({ url: config.rabbitUrl, log });
  down.add(() => queue.close());
  const clock = systemClock;
  const control = createHttpControlPlane({ url: config.privateApiUrl.href, key: config.consumerKey, clock, log });
  down.add(() => control.close());
  const deps: Deps = {
    consumerId: nameOf(config, folder),
    bootId: randomUUID(),
    control,
    queue,
    lanes,
    gpuUuids: gpus.uuids,
    workFolder: folder.path,
    folderModels,
    modelFiles: new ModelFiles(join(folder.path, 'models'), config.modelFilesBytesMax),
    clock,
    newId,
    log,
    outputLimits: OUTPUT_LIMITS,
    timing: { ...DEFAULT_TIMING, drainMs: config.drainMs },
  };
  return { deps, runtimes };
}

async function wireRuntimes(config: Config, folder: WorkFolder, { gpuUuids, log }: { gpuUuids: readonly string[]; log: Log }) {
  const { dockerSlots, processSlots, modelsFolder } = config;
  const shared = { clock: systemClock, stopGraceMs: STOP_GRACE_MS };
  const lanes: Lane[] = [];
  const runtimes: Record<string, ModelRuntime> = {};
  let folderModels: FolderModel[] = [];
  if (dockerSlots + gpuUuids.length > 0) {
    // Each consumer sweeps its own containers only: those of its neighbours on the same engine are no orphans.
    const docker = createDockerRuntime({ ...shared, docker: { socketPath: config.dockerSocket }, installationId: folder.identity });
    runtimes['docker'] = docker;
    if (dockerSlots > 0) lanes.push({ pool: 'docker-cpu', slots: dockerSlots, runtime: docker });
    if (gpuUuids.length > 0) lanes.push({ pool: 'docker-gpu', slots: gpuUuids.length, runtime: docker });
  }
  if (processSlots > 0 && modelsFolder !== null) {
    folderModels = await findFolderModels(modelsFolder, log);
    const process = await createProcessRuntime({ ...shared, modelsFolder, consumer: folder.identity });
    runtimes['process'] = process;
    lanes.push({ pool: 'process', slots: processSlots, runtime: process });
  }
  if (lanes.length === 0) throw new StartRefused('This consumer could run nothing: set DOCKER_SLOTS or PROCESS_SLOTS, or give it a GPU.');
  return { lanes, runtimes, folderModels };
}

function nameOf({ consumerId }: Config, { number, identity }: WorkFolder): string {
  if (consumerId === null) return identity;
  return number === 1 ? consumerId : `${consumerId}-${number}`;
}

async function start(deps: Deps): Promise<RunningConsumer> {
  try {
    return await startConsumer(deps);
  } catch (error) {
    throw error instanceof Outage ? new StartRefused(reasonOf(error), { cause: error }) : error;
  }
}

import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import {
  type Deps as ConsumerDeps,
  DEFAULT_TIMING,
  DeviceWatch,
  findCapacity,
  findMachineBootId,
  type Lane,
  ModelFiles,
  type OutputDisks,
  openOutputDisks,
  type RunningConsumer,
  startConsumer,
  ZIPS,
} from '@inference/consumer';
import { connect, type EmbeddedPostgres, migrate, startEmbeddedPostgres } from '@inference/database';
import { nodeDisk } from '@inference/disk';
import { newId, OUTPUT_LIMITS, systemClock } from '@inference/domain';
import { openDiskFileStore } from '@inference/files';
import {
  allLoops,
  createApp,
  createLocalNews,
  createPostgresStore,
  createPrivateServer,
  DEFAULT_SETTINGS,
  type Deps,
  deleteOldFiles,
  directControlPlane,
  installationId,
  OneAtATime,
  TaskFeeds,
} from '@inference/private-api';
import { createRelay, createRelayServer } from '@inference/public-api';
import { createInProcessQueue } from '@inference/queue';
import {
  createDockerRuntime,
  createProcessRuntime,
  type Device,
  type ModelRuntime,
  nvidiaSmi,
  type ProcessRuntime,
  sharedCores,
} from '@inference/runtime';
import { closeServer, Health, type Log, listen, makeFolder, StartRefused, startLoop, TearDown, withSetting } from '@inference/service';
import { createZipChecker } from '@inference/zips';
import { type Config, isLoopback } from './config.ts';
import { deleteLeftovers } from './delete-leftovers.ts';
import { lockDataFolder } from './lock-data-folder.ts';
import { platformNotice } from './platform-notice.ts';
import { type ServedModel, serveModelFolders } from './serve-model-folders.ts';
import { SHIPPED_MODELS } from './shipped-models.ts';

/** In one process a renewal costs next to nothing, and its reply is how a running model hears of a cancel. */
const RENEW_MS = 1_000;
/** From TERM to KILL for a model that is stopped, in milliseconds. */
const STOP_GRACE_MS = 10_000;

/** A server in one process, up and serving. */
export type StartedServer = {
  readonly url: string;
  readonly port: number;
  /** The private API, for operators on this machine. */
  readonly privateUrl: string;
  readonly dataFolder: string;
  readonly models: readonly ServedModel[];
  /** What the banner should tell beside the usual. */
  readonly notices: readonly string[];
  readonly runtimes: { readonly docker: ModelRuntime; readonly process: ProcessRuntime };
  readonly gpus: readonly Device[];
  /** Resolves with a reason when the server cannot go on. */
  readonly died: Promise<string>;
  /** Claims nothing more, finishes or hands back what runs, and stops everything. */
  stop(): Promise<void>;
  /** Deletes the database, wherever it lies; for temporary servers, after `stop`. */
  removeDatabase(): Promise<void>;
};

/**
 * Starts everything in this process: database, private API, relay and consumer.
 *
 * @param down how to stop it, step by step: what is asked to stop in the middle of its start stops what is there by then
 */
export async function startServer(config: Config, log: Log, down = new TearDown()): Promise<StartedServer> {
  try {
    return await start(config, log, down);
  } catch (error) {
    await down.run();
    throw error;
  }
}

async function start(config: Config, log: Log, down: TearDown): Promise<StartedServer> {
  await withSetting('--data-dir', () => makeDataFolder(config.dataFolder));
  const unlock = await lockDataFolder(config.dataFolder);
  if (unlock === null)
    throw new StartRefused(`Another server uses the data folder ${config.dataFolder}. Stop it, or choose another with --data-dir.`);
  down.add(unlock);
  const postgres = await startEmbeddedPostgres(config.dataFolder);
  down.add(() => postgres.stop());

  const deps = await wirePrivateApi(config, log, { postgres, down });
  const { gpus, problem } = await findGpus();
  const runtimes = await wireRuntimes(config, deps, gpus.length);
  const served = await serveModelFolders(deps, { models: config.modelsFolder, samples: join(config.dataFolder, 'samples') });
  const { port, privatePort } = await openPorts(config, deps, down);
  for (const loop of allLoops(deps)) down.add(startLoop(loop, deps));
  const machineBootId = await findMachineBootId({ disk: nodeDisk, newId });
  const workFolder = join(config.dataFolder, 'work');
  await makeFolder(workFolder, 0o700);
  const capacity = await findCapacity({ disk: nodeDisk, workFolder });
  const outputDisks = await openOutputDisks(config.outputQuota, workFolder);
  const found = { gpus, gpuProblem: problem[0], machineBootId, workFolder, capacity, outputDisks };
  const consumer = await startConsumer(consumerDeps(config, deps, { ...runtimes, ...found }), down);
  if (consumer === null) throw new StartRefused('The server was told to end before it had started.');

  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${port}`,
    port,
    privateUrl: `http://127.0.0.1:${privatePort}`,
    dataFolder: config.dataFolder,
    models: served.served,
    notices: [
      platformNotice(process.platform) ?? '',
      postgres.notice,
      ...served.problems,
      ...problem,
      ...sandboxTrouble(consumer.trouble),
    ].filter((notice) => notice !== ''),
    runtimes,
    gpus,
    died: postgres.died.then((messages) => `The database ended: ${messages}`),
    stop: () => down.run(),
    removeDatabase: () => postgres.remove(),
  };
}

/** The banner tells of Docker by itself. */
function sandboxTrouble({ process }: RunningConsumer['trouble']): string[] {
  return process === undefined ? [] : [`models in folders wait: ${process}`];
}

/** The GPUs of this machine. A driver that is out of order must not keep models without a GPU from running. */
async function findGpus(): Promise<{ gpus: readonly Device[]; problem: string[] }> {
  try {
    return { gpus: await nvidiaSmi().list(), problem: [] };
  } catch (error) {
    return { gpus: [], problem: [(error as Error).message] };
  }
}

async function makeDataFolder(folder: string): Promise<void> {
  // Others may pass through, as the database's own account must, but not look.
  if (await makeFolder(folder, 0o711)) await chmod(folder, 0o711);
}

async function wirePrivateApi(config: Config, log: Log, parts: { postgres: EmbeddedPostgres; down: TearDown }): Promise<Deps> {
  const { postgres, down } = parts;
  await migrate(postgres.connection, join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations'));
  const db = connect(postgres.connection);
  down.add(() => db.$disconnect());
  const store = createPostgresStore(db);
  const zipLimits = {
    ...DEFAULT_SETTINGS.zipLimits,
    archiveBytesMax: config.archiveBytesMax,
    contentBytesMax: config.contentBytesMax,
    entriesMax: config.entriesMax,
  };
  const zips = createZipChecker({ processes: config.zipCheckers, limits: zipLimits });
  down.add(() => zips.close());
  const queue = createInProcessQueue();
  const { adminKey, legacyAnonymous, allowPublicPostModel, allowCpuFallback, keepFilesSeconds, keepEventsSeconds } = config;
  const { anonymousQueuedTasksMax, anonymousRequestsPerMinuteMax, freeDiskBytesMin } = config;
  const anonymous = { legacyAnonymous, anonymousQueuedTasksMax, anonymousRequestsPerMinuteMax };
  const chosen = {
    imagesAllowed: config.images.allowed,
    adminKey,
    ...anonymous,
    allowPublicPostModel,
    allowCpuFallback,
    keepFilesSeconds,
    keepEventsSeconds,
    freeDiskBytesMin,
  };
  const settings = { ...DEFAULT_SETTINGS, ...chosen, zipLimits, relayToken: newId() };
  const files = await openDiskFileStore(join(config.dataFolder, 'files'));
  const news = createLocalNews(systemClock);
  const inProcess = { news, feeds: new TaskFeeds({ store, news, clock: systemClock, log }), decisions: new OneAtATime() };
  const deps: Deps = { store, files, queue, zips, ...inProcess, clock: systemClock, newId, random: Math.random, log, settings };
  await deleteLeftovers(deleteOldFiles(deps, 0), log);
  return deps;
}

async function wireRuntimes(config: Config, deps: Deps, gpus: number): Promise<StartedServer['runtimes']> {
  const shared = { clock: deps.clock, stopGraceMs: STOP_GRACE_MS };
  const installation = await installationId(deps);
  const docker = createDockerRuntime({
    ...shared,
    docker: { socketPath: config.dockerSocket },
    installationId: installation,
    images: config.images,
    cpusPerSlot: config.cpusPerSlot ?? sharedCores(config.dockerSlots + gpus),
  });
  const process = await createProcessRuntime({
    ...shared,
    modelsFolder: config.modelsFolder,
    consumer: installation,
    trustedModels: SHIPPED_MODELS,
  });
  return { docker, process };
}

/** Opens the private API on a loopback port of its own, and the relay in front of it where the user wants it. */
async function openPorts(config: Config, deps: Deps, down: TearDown): Promise<{ port: number; privatePort: number }> {
  const privateServer = createPrivateServer(createApp(deps, { boundToLoopback: true }));
  const privatePort = await open(privateServer, { host: '127.0.0.1', port: 0, portGiven: true }, down);
  if (privatePort === null) throw new StartRefused('No port is free on 127.0.0.1.');
  down.add(async () => deps.feeds.close());
  const health = new Health(deps);
  down.add(async () => health.draining());
  const relay = createRelay({
    target: { host: '127.0.0.1', port: privatePort },
    relayToken: deps.settings.relayToken,
    keylessLocal: isLoopback(config.host),
    health,
    clock: deps.clock,
    limits: { zipBytesMax: config.archiveBytesMax },
    log: deps.log,
  });
  const port = await open(createRelayServer(relay), config, down);
  if (port === null) throw new StartRefused(portTaken(config));
  health.serving();
  return { port, privatePort };
}

async function open(server: Server, place: { host: string; port: number; portGiven: boolean }, down: TearDown): Promise<number | null> {
  const port = await listen(server, place);
  if (port !== null) down.add(() => closeServer(server));
  return port;
}

function portTaken({ host, port, portGiven }: Config): string {
  if (!portGiven) return `Port ${port} and those after it are taken. Choose one: npm start -- --port N`;
  return `Port ${port} of ${host} is taken. Try: npm start -- --port ${port + 1}`;
}

/** What was found out about this machine and this start of it. */
type Found = Pick<ConsumerDeps, 'machineBootId' | 'workFolder'> & {
  readonly gpus: readonly Device[];
  readonly gpuProblem: string | undefined;
  readonly outputDisks: OutputDisks;
  readonly capacity: Awaited<ReturnType<typeof findCapacity>>;
};

function consumerDeps(config: Config, deps: Deps, parts: StartedServer['runtimes'] & Found): ConsumerDeps {
  const { workFolder, outputDisks } = parts;
  const devices = new DeviceWatch(parts.gpus, { source: nvidiaSmi(), clock: systemClock, log: deps.log });
  const lanes: Lane[] = [
    { pool: 'process', slots: config.processSlots, runtime: parts.process },
    { pool: 'docker-cpu', slots: config.dockerSlots, runtime: parts.docker },
    { pool: 'docker-gpu', slots: parts.gpus.length, runtime: parts.docker },
  ];
  return {
    consumerId: 'standalone',
    bootId: randomUUID(),
    machineBootId: parts.machineBootId,
    control: directControlPlane(deps),
    queue: deps.queue,
    lanes,
    gpuUuids: parts.gpus.map(({ uuid }) => uuid),
    devices,
    node: () => ({ labels: config.nodeLabels, capacity: parts.capacity, devices: devices.now() }),
    trouble: parts.gpuProblem === undefined ? {} : { 'docker-gpu': parts.gpuProblem },
    workFolder,
    // Registered already, with their samples.
    folderModels: [],
    disk: nodeDisk,
    workFreeBytesMin: config.workFreeBytesMin,
    zips: ZIPS,
    modelFiles: new ModelFiles({
      root: join(workFolder, 'models'),
      bytesMax: config.modelFilesBytesMax,
      disk: nodeDisk,
      zips: ZIPS,
    }),
    clock: deps.clock,
    newId,
    log: deps.log,
    outputLimits: OUTPUT_LIMITS,
    outputDisks,
    timing: { ...DEFAULT_TIMING, renewMs: RENEW_MS },
  };
}

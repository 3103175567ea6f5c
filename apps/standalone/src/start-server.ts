import { randomUUID } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { DEFAULT_TIMING, type Lane, ModelFiles, type RunningConsumer, startConsumer } from '@inference/consumer';
import { connect, type EmbeddedPostgres, migrate, startEmbeddedPostgres } from '@inference/database';
import { newId, OUTPUT_LIMITS, systemClock } from '@inference/domain';
import { openDiskFileStore } from '@inference/files';
import {
  createApp,
  createLocalNews,
  createPrivateServer,
  DEFAULT_SETTINGS,
  type Deps,
  deleteOldAudit,
  deleteOldFiles,
  directControlPlane,
  expireLeases,
  installationId,
  ringDueTasks,
  settleGpuTasks,
  TaskFeeds,
} from '@inference/private-api';
import { createRelay, createRelayServer } from '@inference/public-api';
import { createInProcessQueue } from '@inference/queue';
import { createDockerRuntime, createProcessRuntime, type ModelRuntime, nvidiaSmi, type ProcessRuntime } from '@inference/runtime';
import { closeServer, Health, type Log, listen, makeFolder, StartRefused, startLoop, TearDown, withSetting } from '@inference/service';
import { createZipChecker } from '@inference/zips';
import { type Config, isLoopback } from './config.ts';
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
  readonly gpus: readonly string[];
  /** Resolves with a reason when the server cannot go on. */
  readonly died: Promise<string>;
  /** Claims nothing more, finishes or hands back what runs, and stops everything. */
  stop(): Promise<void>;
  /** Deletes the database, wherever it lies; for temporary servers, after `stop`. */
  removeDatabase(): Promise<void>;
  /** Hands back what runs now, instead of waiting for it. */
  handBack(): void;
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
  const runtimes = await wireRuntimes(config, deps);
  const served = await serveModelFolders(deps, { models: config.modelsFolder, samples: join(config.dataFolder, 'samples') });
  const { gpus, problem } = await findGpus();
  const { port, privatePort } = await openPorts(config, deps, down);
  const loops = [ringDueTasks(deps), expireLeases(deps), settleGpuTasks(deps), deleteOldFiles(deps), deleteOldAudit(deps)];
  for (const loop of loops) down.add(startLoop(loop, deps));
  const consumer = await startConsumer(consumerDeps(config, deps, { ...runtimes, gpus, gpuProblem: problem[0] }));
  down.add(() => consumer.drain());

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
    handBack: () => consumer.handBack(),
  };
}

/** The banner tells of Docker by itself. */
function sandboxTrouble({ process }: RunningConsumer['trouble']): string[] {
  return process === undefined ? [] : [`models in folders wait: ${process}`];
}

/** The GPUs of this machine. A driver that is out of order must not keep models without a GPU from running. */
async function findGpus(): Promise<{ gpus: string[]; problem: string[] }> {
  try {
    return { gpus: (await nvidiaSmi().list()).map((gpu) => gpu.uuid), problem: [] };
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
  const zipLimits = {
    ...DEFAULT_SETTINGS.zipLimits,
    archiveBytesMax: config.archiveBytesMax,
    contentBytesMax: config.contentBytesMax,
    entriesMax: config.entriesMax,
  };
  const zips = createZipChecker({ processes: config.zipCheckers, limits: zipLimits });
  down.add(() => zips.close());
  const queue = createInProcessQueue();
  const { adminKey, legacyAnonymous, allowPublicPostModel, allowCpuFallback, keepFilesSeconds } = config;
  const { anonymousQueuedTasksMax, anonymousRequestsPerMinuteMax, freeDiskBytesMin } = config;
  const anonymous = { legacyAnonymous, anonymousQueuedTasksMax, anonymousRequestsPerMinuteMax };
  const chosen = { adminKey, ...anonymous, allowPublicPostModel, allowCpuFallback, keepFilesSeconds, freeDiskBytesMin };
  const settings = { ...DEFAULT_SETTINGS, ...chosen, zipLimits, relayToken: newId() };
  const files = await openDiskFileStore(join(config.dataFolder, 'files'));
  const news = createLocalNews(systemClock);
  const feeds = new TaskFeeds({ db, news, clock: systemClock, log });
  const deps: Deps = { db, files, queue, news, feeds, zips, clock: systemClock, newId, random: Math.random, log, settings };
  // This process alone holds the folder, so what no row names now was left by a crash.
  await deleteOldFiles(deps, 0).runOnce();
  return deps;
}

async function wireRuntimes(config: Config, deps: Deps): Promise<StartedServer['runtimes']> {
  const shared = { clock: deps.clock, stopGraceMs: STOP_GRACE_MS };
  const installation = await installationId(deps);
  const docker = createDockerRuntime({ ...shared, docker: { socketPath: config.dockerSocket }, installationId: installation });
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

function consumerDeps(
  config: Config,
  deps: Deps,
  parts: StartedServer['runtimes'] & { gpus: readonly string[]; gpuProblem: string | undefined },
) {
  const workFolder = join(config.dataFolder, 'work');
  const lanes: Lane[] = [
    { pool: 'process', slots: config.processSlots, runtime: parts.process },
    { pool: 'docker-cpu', slots: config.dockerSlots, runtime: parts.docker },
    { pool: 'docker-gpu', slots: parts.gpus.length, runtime: parts.docker },
  ];
  return {
    consumerId: 'standalone',
    bootId: randomUUID(),
    control: directControlPlane(deps),
    queue: deps.queue,
    lanes,
    gpuUuids: parts.gpus,
    trouble: parts.gpuProblem === undefined ? {} : { 'docker-gpu': parts.gpuProblem },
    workFolder,
    // Registered already, with their samples.
    folderModels: [],
    modelFiles: new ModelFiles(join(workFolder, 'models'), config.modelFilesBytesMax),
    clock: deps.clock,
    newId,
    log: deps.log,
    outputLimits: OUTPUT_LIMITS,
    timing: { ...DEFAULT_TIMING, renewMs: RENEW_MS },
  };
}

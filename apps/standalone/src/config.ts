import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type OutputQuota, RUNTIME_SETTINGS } from '@inference/consumer';
import { POLICY_SETTINGS } from '@inference/private-api';
import type { ImagePolicy } from '@inference/runtime';
import { imagePolicyOf } from '@inference/runtime';
import { stateFolderOf } from '@inference/server-state';
import {
  type ConfigRead,
  type Environment,
  logLevel,
  port,
  readSettings,
  type Settings,
  type SettingValues,
  secret,
  text,
  wholeNumber,
} from '@inference/service';

const DAY_SECONDS = 86_400;
const DEFAULT_PORT = 7420;

/** How the server in one process is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  /** The port was asked for: another one will not do. */
  readonly portGiven: boolean;
  readonly dataFolder: string;
  /** Where it writes its address, for programs of the same user. */
  readonly stateFolder: string;
  readonly modelsFolder: string;
  readonly logLevel: string;
  readonly adminKey: string | null;
  readonly legacyAnonymous: boolean;
  readonly anonymousQueuedTasksMax: number;
  readonly anonymousRequestsPerMinuteMax: number;
  readonly freeDiskBytesMin: number | null;
  readonly allowPublicPostModel: boolean;
  readonly allowCpuFallback: boolean;
  readonly keepFilesSeconds: number;
  readonly keepEventsSeconds: number;
  readonly archiveBytesMax: number;
  readonly contentBytesMax: number;
  readonly entriesMax: number;
  readonly zipCheckers: number;
  readonly processSlots: number;
  readonly dockerSlots: number;
  readonly cpusPerSlot: number | null;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly images: ImagePolicy;
  readonly dockerSocket: string;
  readonly modelFilesBytesMax: number;
  readonly workFreeBytesMin: number | null;
  readonly outputQuota: OutputQuota;
};

/** Every setting: what it is called, its default and its bounds. The README and docs/configuration.md list them. */
export const SETTINGS = {
  '--host': { text: 'The address it listens on.', schema: text, default: '127.0.0.1' },
  '--port': { text: 'The port it listens on; where it is not given and taken, the next free one.', schema: port, default: DEFAULT_PORT },
  '--data-dir': { text: 'The folder in which it keeps its data.', schema: text, default: './inference-data' },
  ADMIN_KEY: { text: 'The key that may do everything: `Authorization: Bearer KEY`.', schema: secret, default: null, secret: true },
  ...POLICY_SETTINGS,
  PROCESS_SLOTS: {
    text: 'Models in folders that run at the same time.',
    schema: wholeNumber(1, 1024),
    default: availableParallelism(),
    defaultShown: 'the number of cores',
  },
  DOCKER_SLOTS: { text: 'Containers without a GPU that run at the same time.', schema: wholeNumber(1, 1024), default: 1 },
  ...RUNTIME_SETTINGS,
  IMAGES_ALLOWED: {
    ...RUNTIME_SETTINGS.IMAGES_ALLOWED,
    text: 'The images that may be registered and run here: beginnings of their names, registry first, with commas between them: `registry.example/group/`, `docker.io/group/` for Docker Hub.',
  },
  MODELS_DIR: {
    text: 'The folder whose sub-folders are models.',
    schema: text,
    default: join(import.meta.dirname, '..', '..', '..', 'examples', 'models'),
    defaultShown: 'examples/models',
  },
  LOG_LEVEL: { text: 'What is logged: error, warn, info, debug ...', schema: logLevel, default: 'warn' },
} as const satisfies Settings;

/** The names of all settings, for the test that compares them with the README. */
export const SETTING_NAMES: readonly string[] = Object.keys(SETTINGS);

/** Reads the configuration from command-line arguments and environment variables. */
export function readConfig(args: readonly string[], environment: Environment = process.env): ConfigRead<Config> {
  let flags: Record<string, string | undefined>;
  try {
    const options = { port: { type: 'string' }, host: { type: 'string' }, 'data-dir': { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...args], options, strict: true });
    flags = Object.fromEntries(Object.entries(values).map(([name, value]) => [`--${name}`, value]));
  } catch (error) {
    return { ok: false, problems: [`${(error as Error).message.split('.')[0]}. Known: --port N, --host ADDRESS, --data-dir FOLDER.`] };
  }
  const read = readSettings(SETTINGS, { ...environment, ...flags });
  if (!read.ok) return read;
  const config = toConfig(read.config, { portGiven: flags['--port'] !== undefined, stateFolder: stateFolderOf(environment) });
  const problem = checkExposure(config);
  return problem === null ? { ok: true, config, warnings: read.warnings } : { ok: false, problems: [problem] };
}

function toConfig(read: SettingValues<typeof SETTINGS>, rest: Pick<Config, 'portGiven' | 'stateFolder'>): Config {
  return {
    ...rest,
    host: read['--host'],
    port: read['--port'],
    dataFolder: resolve(read['--data-dir']),
    modelsFolder: resolve(read.MODELS_DIR),
    logLevel: read.LOG_LEVEL,
    adminKey: read.ADMIN_KEY,
    legacyAnonymous: read.LEGACY_ANONYMOUS,
    anonymousQueuedTasksMax: read.ANONYMOUS_QUEUED_TASKS_MAX,
    anonymousRequestsPerMinuteMax: read.ANONYMOUS_REQUESTS_PER_MINUTE_MAX,
    freeDiskBytesMin: read.FREE_DISK_BYTES_MIN,
    allowPublicPostModel: read.ALLOW_PUBLIC_POST_MODEL,
    allowCpuFallback: read.ALLOW_CPU_FALLBACK,
    keepFilesSeconds: read.KEEP_FILES_DAYS * DAY_SECONDS,
    keepEventsSeconds: read.KEEP_EVENTS_DAYS * DAY_SECONDS,
    archiveBytesMax: read.ZIP_ARCHIVE_BYTES_MAX,
    contentBytesMax: read.ZIP_CONTENT_BYTES_MAX,
    entriesMax: read.ZIP_ENTRIES_MAX,
    zipCheckers: read.ZIP_CHECKERS,
    processSlots: read.PROCESS_SLOTS,
    dockerSlots: read.DOCKER_SLOTS,
    cpusPerSlot: read.CPUS_PER_SLOT,
    nodeLabels: read.NODE_LABELS,
    images: imagePolicyOf(read),
    dockerSocket: read.DOCKER_SOCKET,
    modelFilesBytesMax: read.MODEL_FILES_BYTES_MAX,
    workFreeBytesMin: read.WORK_FREE_BYTES_MIN,
    outputQuota: read.OUTPUT_QUOTA,
  };
}

/** Beyond this machine, nobody is served without the admin having said so. */
function checkExposure(config: Config): string | null {
  if (isLoopback(config.host) || config.adminKey !== null || config.legacyAnonymous) return null;
  return `--host ${config.host} would let other machines in. Set ADMIN_KEY (32 characters or more), or LEGACY_ANONYMOUS=1 to serve clients without a key.`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

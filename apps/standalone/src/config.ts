import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS } from '@inference/private-api';
import { z } from 'zod';

const GIB = 1024 ** 3;
const DAY_SECONDS = 86_400;
const DEFAULT_PORT = 7420;

/** How the server in one process is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  /** The port was asked for: another one will not do. */
  readonly portGiven: boolean;
  readonly dataFolder: string;
  readonly modelsFolder: string;
  readonly logLevel: string;
  readonly adminKey: string | null;
  readonly legacyAnonymous: boolean;
  readonly allowPublicPostModel: boolean;
  readonly allowCpuFallback: boolean;
  readonly keepFilesSeconds: number;
  readonly archiveBytesMax: number;
  readonly contentBytesMax: number;
  readonly entriesMax: number;
  readonly zipCheckers: number;
  readonly processSlots: number;
  readonly dockerSlots: number;
  readonly dockerSocket: string;
  readonly modelFilesBytesMax: number;
};

const flag = z
  .enum(['0', '1', 'true', 'false'], 'must be 1 or 0')
  .default('0')
  .transform((value) => value === '1' || value === 'true');
const whole = (least: number, most: number, otherwise: number) =>
  z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
    .default(otherwise);

/** Every setting: what it is called, its default and its bounds. The README lists them. */
const schema = z.object({
  '--host': z.string().min(1).default('127.0.0.1'),
  '--port': whole(0, 65_535, DEFAULT_PORT),
  '--data-dir': z.string().min(1).default('./inference-data'),
  ADMIN_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  LEGACY_ANONYMOUS: flag,
  ALLOW_PUBLIC_POST_MODEL: flag,
  ALLOW_CPU_FALLBACK: flag,
  KEEP_FILES_DAYS: whole(1, 36_500, DEFAULT_SETTINGS.keepFilesSeconds / DAY_SECONDS),
  ZIP_ARCHIVE_BYTES_MAX: whole(1024, 1024 * GIB, DEFAULT_SETTINGS.zipLimits.archiveBytesMax),
  ZIP_CONTENT_BYTES_MAX: whole(1024, 1024 * GIB, DEFAULT_SETTINGS.zipLimits.contentBytesMax),
  ZIP_ENTRIES_MAX: whole(1, 10_000_000, DEFAULT_SETTINGS.zipLimits.entriesMax),
  ZIP_CHECKERS: whole(1, 64, 2),
  PROCESS_SLOTS: whole(1, 1024, availableParallelism()),
  DOCKER_SLOTS: whole(1, 1024, 1),
  DOCKER_SOCKET: z.string().default('/var/run/docker.sock'),
  MODEL_FILES_BYTES_MAX: whole(1, 1024 * 1024 * GIB, 100 * GIB),
  MODELS_DIR: z.string().default(join(import.meta.dirname, '..', '..', '..', 'examples', 'models')),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'must be a level of pino: error, warn, info, debug ...')
    .default('warn'),
});

/** The names of all settings, for the test that compares them with the README. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

/** What is wrong with the command line and the environment, all of it, or the configuration. */
export type ConfigRead = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the configuration from command-line arguments and environment variables. */
export function readConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>> = process.env): ConfigRead {
  let flags: Record<string, string | undefined>;
  try {
    const options = { port: { type: 'string' }, host: { type: 'string' }, 'data-dir': { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...args], options, strict: true });
    flags = Object.fromEntries(Object.entries(values).map(([name, value]) => [`--${name}`, value]));
  } catch (error) {
    return { ok: false, problems: [`${(error as Error).message.split('.')[0]}. Known: --port N, --host ADDRESS, --data-dir FOLDER.`] };
  }
  // An empty variable, as compose files pass on unset ones, counts as not set.
  const set = Object.fromEntries(Object.entries({ ...environment, ...flags }).filter(([, value]) => value !== ''));
  const read = schema.safeParse(set);
  if (!read.success) return { ok: false, problems: read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) };
  const config = toConfig(read.data, flags['--port'] !== undefined);
  const problem = checkExposure(config);
  return problem === null ? { ok: true, config } : { ok: false, problems: [problem] };
}

function toConfig(read: z.infer<typeof schema>, portGiven: boolean): Config {
  return {
    host: read['--host'],
    port: read['--port'],
    portGiven,
    dataFolder: resolve(read['--data-dir']),
    modelsFolder: resolve(read.MODELS_DIR),
    logLevel: read.LOG_LEVEL,
    adminKey: read.ADMIN_KEY ?? null,
    legacyAnonymous: read.LEGACY_ANONYMOUS,
    allowPublicPostModel: read.ALLOW_PUBLIC_POST_MODEL,
    allowCpuFallback: read.ALLOW_CPU_FALLBACK,
    keepFilesSeconds: read.KEEP_FILES_DAYS * DAY_SECONDS,
    archiveBytesMax: read.ZIP_ARCHIVE_BYTES_MAX,
    contentBytesMax: read.ZIP_CONTENT_BYTES_MAX,
    entriesMax: read.ZIP_ENTRIES_MAX,
    zipCheckers: read.ZIP_CHECKERS,
    processSlots: read.PROCESS_SLOTS,
    dockerSlots: read.DOCKER_SLOTS,
    dockerSocket: read.DOCKER_SOCKET,
    modelFilesBytesMax: read.MODEL_FILES_BYTES_MAX,
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

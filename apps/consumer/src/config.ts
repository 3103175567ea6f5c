import { hostname } from 'node:os';
import { resolve } from 'node:path';
import {
  type ConfigRead,
  commonSettings,
  type Environment,
  httpUrl,
  rabbitUrl,
  readSettings,
  type Settings,
  secret,
  text,
  wholeNumber,
} from '@inference/service';
import { z } from 'zod';

const GIB = 1024 ** 3;

/** Which GPUs a consumer uses: all that nvidia-smi finds, or these. */
export type GpuChoice = 'auto' | readonly string[];

/** How a consumer that is a process of its own is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly privateApiUrl: URL;
  readonly consumerKey: string;
  readonly rabbitUrl: string;
  /** Null: the name is made from the host's, and kept in the work folder. */
  readonly consumerId: string | null;
  readonly hostName: string;
  readonly workFolder: string;
  readonly dockerSocket: string;
  readonly dockerSlots: number;
  readonly gpus: GpuChoice;
  readonly processSlots: number;
  /** Null where there is no process runtime. */
  readonly modelsFolder: string | null;
  readonly modelFilesBytesMax: number;
  readonly drainMs: number;
  readonly logLevel: string;
};

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const consumerId = z.string().regex(ID, 'must be 1 to 100 letters, digits, dots, dashes and underscores, the first a letter or digit');

const gpuChoice = z.string().transform((value, context): GpuChoice => {
  if (value === 'auto') return 'auto';
  if (value === 'none') return [];
  const uuids = value.split(',').map((uuid) => uuid.trim());
  if (uuids.every((uuid) => /^(?:GPU|MIG)-[A-Za-z0-9-]{1,100}$/.test(uuid))) return [...new Set(uuids)];
  context.addIssue({
    code: 'custom',
    message: 'must be auto, none, or UUIDs as nvidia-smi -L prints them (GPU-...), with commas between them',
  });
  return z.NEVER;
});

/** The settings that a consumer has in one process with the others, too. */
export const RUNTIME_SETTINGS = {
  DOCKER_SOCKET: { text: 'Where the Docker engine listens.', schema: text, default: '/var/run/docker.sock' },
  MODEL_FILES_BYTES_MAX: {
    text: 'Room for the extracted static files of models.',
    schema: wholeNumber(1, 1024 * 1024 * GIB),
    default: 100 * GIB,
    unit: 'bytes',
  },
} as const satisfies Settings;

/** Every setting of the consumer. docs/configuration.md is printed from it. */
export const SETTINGS = {
  PRIVATE_API_URL: { text: 'Where the private API is: http://HOST:PORT.', schema: httpUrl },
  CONSUMER_KEY: {
    text: 'The key of all consumers, the same as in the private API, or one that was made for this consumer (docs/keys.md).',
    schema: secret,
    secret: true,
  },
  RABBITMQ_URL: { text: 'RabbitMQ: `amqp://USER:PASSWORD@HOST:5672`, or `amqps://`.', schema: rabbitUrl, secret: true },
  CONSUMER_ID: {
    text: 'Its name; no two machines may have the same. Further consumers on the same work folder add -2, -3, ... to it.',
    schema: consumerId,
    default: null,
    defaultShown: 'the host name and a random ending, made at the first start and kept in the work folder',
  },
  WORK_DIR: {
    text: 'The folder for what tasks need while they run. The Docker engine must know it by the same path.',
    schema: text,
  },
  DOCKER_SLOTS: { text: 'Containers without a GPU that run at the same time; 0: none.', schema: wholeNumber(0, 1024), default: 1 },
  GPUS: {
    text: 'The GPUs that tasks get, one each: `auto` (all that nvidia-smi finds), `none`, or UUIDs with commas between them.',
    schema: gpuChoice,
    default: 'auto',
  },
  PROCESS_SLOTS: {
    text: 'Models in folders of this machine that run at the same time, in a sandbox; 0: none.',
    schema: wholeNumber(0, 1024),
    default: 0,
  },
  MODELS_DIR: { text: 'The folder whose sub-folders are such models; needed when PROCESS_SLOTS is not 0.', schema: text, default: null },
  ...RUNTIME_SETTINGS,
  ...commonSettings({ port: 7422, drainSeconds: 60 }),
} as const satisfies Settings;

/** Reads the configuration of a consumer. */
export function readConfig(environment: Environment = process.env): ConfigRead<Config> {
  const read = readSettings(SETTINGS, environment);
  const needsFolder = Number(environment['PROCESS_SLOTS']) > 0 && !environment['MODELS_DIR'];
  const problems = needsFolder ? ['MODELS_DIR must be set when PROCESS_SLOTS is not 0: name the folder whose sub-folders are models'] : [];
  if (!read.ok) return { ok: false, problems: [...read.problems, ...problems] };
  if (problems.length > 0) return { ok: false, problems };
  const { config: values, warnings } = read;
  const { PROCESS_SLOTS: processSlots, MODELS_DIR: modelsFolder } = values;
  return {
    ok: true,
    warnings,
    config: {
      host: values.HOST,
      port: values.PORT,
      privateApiUrl: values.PRIVATE_API_URL,
      consumerKey: values.CONSUMER_KEY,
      rabbitUrl: values.RABBITMQ_URL,
      consumerId: values.CONSUMER_ID,
      hostName: hostname(),
      workFolder: resolve(values.WORK_DIR),
      dockerSocket: values.DOCKER_SOCKET,
      dockerSlots: values.DOCKER_SLOTS,
      gpus: values.GPUS,
      processSlots,
      modelsFolder: modelsFolder === null ? null : resolve(modelsFolder),
      modelFilesBytesMax: values.MODEL_FILES_BYTES_MAX,
      drainMs: values.DRAIN_SECONDS * 1000,
      logLevel: values.LOG_LEVEL,
    },
  };
}

import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { MESSAGE_LIMITS, type NodeInfo } from '@inference/contracts';
import { ENGINE_SETTINGS, type GpuChoice, gpuChoice, type ImagePolicy, imagePolicyOf } from '@inference/runtime';
import {
  type ConfigRead,
  commonSettings,
  type Environment,
  httpUrl,
  names,
  rabbitUrl,
  readSettings,
  type Settings,
  secret,
  text,
  wholeNumber,
} from '@inference/service';
import { z } from 'zod';
import { OUTPUT_QUOTAS, type OutputQuota } from './output-disk/open-output-disks.ts';

const GIB = 1024 ** 3;

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
  /** Where a launcher listens that has the Docker engine; null: this consumer uses the engine itself. */
  readonly launcherSocket: string | null;
  readonly dockerSocket: string;
  readonly dockerSlots: number;
  readonly gpus: GpuChoice;
  /** What tasks can ask for beside GPUs: names and values of the admin's own. */
  readonly nodeLabels: NodeInfo['labels'];
  readonly images: ImagePolicy;
  /** Null: the cores of the machine, shared among the Docker slots. */
  readonly cpusPerSlot: number | null;
  readonly processSlots: number;
  /** Null where there is no process runtime. */
  readonly modelsFolder: string | null;
  readonly modelFilesBytesMax: number;
  /** Null: by the size of the disk. */
  readonly workFreeBytesMin: number | null;
  readonly outputQuota: OutputQuota;
  readonly drainMs: number;
  readonly logLevel: string;
};

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const consumerId = z.string().regex(ID, 'must be 1 to 100 letters, digits, dots, dashes and underscores, the first a letter or digit');

const LABEL = /^([A-Za-z0-9][A-Za-z0-9._/-]*)=([A-Za-z0-9][A-Za-z0-9._/-]*)$/;
const { nodeLabelsMax, nameCharsMax } = MESSAGE_LIMITS;

const nodeLabels = names.transform((pairs, context): NodeInfo['labels'] => {
  const labels = pairs.flatMap((pair) => {
    const [, name = '', value = ''] = LABEL.exec(pair) ?? [];
    return name === '' || Math.max(name.length, value.length) > nameCharsMax ? [] : [[name, value] as const];
  });
  const read = new Map(labels);
  if (read.size === pairs.length && read.size <= nodeLabelsMax) return Object.fromEntries(read);
  context.addIssue({
    code: 'custom',
    message: `must be names with values, such as site=b2,card=h100: at most ${nodeLabelsMax}, each name once, of letters, digits, dots, dashes, underscores and slashes, and at most ${nameCharsMax} of these on either side`,
  });
  return z.NEVER;
});

/** The settings that a consumer has in one process with the others, too. */
export const RUNTIME_SETTINGS = {
  ...ENGINE_SETTINGS,
  CPUS_PER_SLOT: {
    text: 'Processor cores of a container whose model does not say how many.',
    schema: wholeNumber(1, 4096),
    default: null,
    defaultShown: 'the cores of the machine, shared among the slots for containers, at least 1',
  },
  NODE_LABELS: {
    text: 'Names and values that tasks can ask for of the machine that runs them: `site=b2,card=h100`.',
    schema: nodeLabels,
    default: {},
    defaultShown: 'none',
  },
  MODEL_FILES_BYTES_MAX: {
    text: 'Room for the extracted static files of models.',
    schema: wholeNumber(1, 1024 * 1024 * GIB),
    default: 100 * GIB,
    unit: 'bytes',
  },
  WORK_FREE_BYTES_MIN: {
    text: 'While the disk of the work folder has less free, no task is claimed: what runs needs room for its output.',
    schema: wholeNumber(0, 1024 * 1024 * GIB),
    default: null,
    defaultShown: '2 GiB, or 5 % of the disk where that is less',
    unit: 'bytes',
  },
  OUTPUT_QUOTA: {
    text: 'What holds /output to the limit of its model: `watchdog` looks at it every two seconds; `loop` gives it an ext4 file system of that size, in a sparse file: nothing more fits, and each task takes about 40 ms longer. `loop` needs root with CAP_SYS_ADMIN, /dev/loop-control and e2fsprogs, and an engine that sees the mounts of the consumer.',
    schema: z.enum(OUTPUT_QUOTAS),
    default: 'watchdog' as const,
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
    text: 'The GPUs that tasks get: `auto` (all that nvidia-smi finds), `none`, or UUIDs with commas between them.',
    schema: gpuChoice,
    default: 'auto',
  },
  PROCESS_SLOTS: {
    text: 'Models in folders of this machine that run at the same time, in a sandbox; 0: none.',
    schema: wholeNumber(0, 1024),
    default: 0,
  },
  MODELS_DIR: { text: 'The folder whose sub-folders are such models; needed when PROCESS_SLOTS is not 0.', schema: text, default: null },
  LAUNCHER_SOCKET: {
    text: 'Where a launcher listens that runs the containers: then this consumer needs no Docker socket, and DOCKER_SOCKET, IMAGES_ALLOWED, PULL_POLICY and REGISTRY_AUTH_FILE are for the launcher to set.',
    schema: text,
    default: null,
    defaultShown: 'none: this consumer uses Docker itself',
  },
  ...RUNTIME_SETTINGS,
  ...commonSettings({ port: 7422, drainSeconds: 60 }),
} as const satisfies Settings;

/** Warns of settings that are the launcher's where there is one: whoever set them here may rely on them. */
function idleSettings(environment: Environment): string[] {
  if (!environment['LAUNCHER_SOCKET']) return [];
  const set = Object.keys(ENGINE_SETTINGS).filter((name) => environment[name]);
  return set.map((name) => `${name} does nothing beside LAUNCHER_SOCKET: set it for the launcher`);
}

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
    warnings: [...warnings, ...idleSettings(environment)],
    config: {
      host: values.HOST,
      port: values.PORT,
      privateApiUrl: values.PRIVATE_API_URL,
      consumerKey: values.CONSUMER_KEY,
      rabbitUrl: values.RABBITMQ_URL,
      consumerId: values.CONSUMER_ID,
      hostName: hostname(),
      workFolder: resolve(values.WORK_DIR),
      launcherSocket: values.LAUNCHER_SOCKET,
      dockerSocket: values.DOCKER_SOCKET,
      dockerSlots: values.DOCKER_SLOTS,
      gpus: values.GPUS,
      nodeLabels: values.NODE_LABELS,
      images: imagePolicyOf(values),
      cpusPerSlot: values.CPUS_PER_SLOT,
      processSlots,
      modelsFolder: modelsFolder === null ? null : resolve(modelsFolder),
      modelFilesBytesMax: values.MODEL_FILES_BYTES_MAX,
      workFreeBytesMin: values.WORK_FREE_BYTES_MIN,
      outputQuota: values.OUTPUT_QUOTA,
      drainMs: values.DRAIN_SECONDS * 1000,
      logLevel: values.LOG_LEVEL,
    },
  };
}

import { resolve } from 'node:path';
import { LOOSENABLE, type Loosened } from '@inference/domain';
import { ENGINE_SETTINGS, type GpuChoice, gpuChoice, type ImagePolicy, imagePolicyOf } from '@inference/runtime';
import {
  type ConfigRead,
  commonSettings,
  type Environment,
  names,
  readSettings,
  type Settings,
  text,
  wholeNumber,
} from '@inference/service';
import { z } from 'zod';

const GIB = 1024 ** 3;

/** How a launcher is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly socketPath: string;
  readonly workFolder: string;
  readonly dockerSocket: string;
  readonly images: ImagePolicy;
  readonly gpus: GpuChoice;
  readonly loosenAllowed: readonly Loosened[];
  readonly memoryBytesMax: number | null;
  readonly pidsMax: number | null;
  readonly containersMax: number;
  readonly logLevel: string;
};

const loosened = names.pipe(
  z.array(
    z.enum(Object.keys(LOOSENABLE) as Loosened[], `must be names with commas between them, out of: ${Object.keys(LOOSENABLE).join(', ')}`),
  ),
);

const { HOST, PORT, LOG_LEVEL } = commonSettings({ port: 7423, drainSeconds: 0 });

/** Every setting of the launcher. docs/configuration.md is printed from it. */
export const SETTINGS = {
  LAUNCHER_SOCKET: {
    text: 'The socket on which it listens for consumers. Who may use it may run containers: its folder must be closed to others (`chmod 0750`, or 0700).',
    schema: text,
  },
  WORK_DIR: {
    text: 'The work folder of the consumers, the same path as theirs: no folder outside of it is given to a container.',
    schema: text,
  },
  GPUS: {
    text: 'The GPUs that it gives out: `auto` (all that nvidia-smi finds), `none`, or UUIDs with commas between them.',
    schema: gpuChoice,
    default: 'auto' as const,
  },
  LOOSEN_ALLOWED: {
    text: 'What models may be registered with in `loosened`, with commas between them: network, writable-root, image-user, capabilities, new-privileges.',
    schema: loosened,
    default: null,
    defaultShown: 'nothing',
  },
  MODEL_MEMORY_BYTES_MAX: {
    text: 'The most memory that a model may be registered with, to run here.',
    schema: wholeNumber(1, 1024 * 1024 * GIB),
    default: null,
    defaultShown: 'what its registration says',
    unit: 'bytes',
  },
  MODEL_PIDS_MAX: {
    text: 'The most processes and threads that a model may be registered with, to run here.',
    schema: wholeNumber(16, 4_194_304),
    default: 32_768,
  },
  CONTAINERS_MAX: {
    text: 'Containers of all consumers together, those that wait for their input or are cleaned up included.',
    schema: wholeNumber(1, 4096),
    default: 256,
  },
  ...ENGINE_SETTINGS,
  HOST: { ...HOST, text: 'The address where it answers health checks, and nothing else.', default: '127.0.0.1' },
  PORT: { ...PORT, text: 'The port for that.' },
  LOG_LEVEL,
} as const satisfies Settings;

/** Reads the configuration of a launcher. */
export function readConfig(environment: Environment = process.env): ConfigRead<Config> {
  const read = readSettings(SETTINGS, environment);
  if (!read.ok) return read;
  const { config: values, warnings } = read;
  return {
    ok: true,
    warnings,
    config: {
      host: values.HOST,
      port: values.PORT,
      socketPath: resolve(values.LAUNCHER_SOCKET),
      workFolder: resolve(values.WORK_DIR),
      dockerSocket: values.DOCKER_SOCKET,
      images: { ...imagePolicyOf(values), idsNeedName: true },
      gpus: values.GPUS,
      loosenAllowed: values.LOOSEN_ALLOWED ?? [],
      memoryBytesMax: values.MODEL_MEMORY_BYTES_MAX,
      pidsMax: values.MODEL_PIDS_MAX,
      containersMax: values.CONTAINERS_MAX,
      logLevel: values.LOG_LEVEL,
    },
  };
}

import type { TaskResources } from '@inference/client';
import type { Command } from 'commander';
import { parseGpus } from '../values/parse-gpus.ts';
import { parseLabel } from '../values/parse-label.ts';
import { parseWhole } from '../values/parse-whole.ts';

const MIB = 1024 * 1024;
const MIB_MAX = 4_194_304;
const CPUS_MAX = 4_096;

/** What is asked for of a machine. Memory in MiB. */
export type ResourceOptions = {
  readonly gpus?: number | 'all';
  readonly gpuMemory?: number;
  readonly keepCpus?: number;
  readonly keepMemory?: number;
  readonly nodeLabel?: Readonly<Record<string, string>>;
};

/** The options below, in a sentence. */
export const RESOURCE_FLAGS = '--gpus, --gpu-memory, --keep-cpus, --keep-memory and --node-label';

/** Gives a command the options of what is asked for of a machine. */
export function withResourceOptions(command: Command): Command {
  return command
    .option('--gpus <count>', 'ask for so many GPUs of one machine, or for all', parseGpus)
    .option('--gpu-memory <MiB>', 'ask for GPUs with so much memory each, at least', parseWhole(1, MIB_MAX))
    .option('--keep-cpus <count>', 'ask for so many processor cores that are kept for it', parseWhole(1, CPUS_MAX))
    .option('--keep-memory <MiB>', 'ask for so much memory that is kept for it', parseWhole(1, MIB_MAX))
    .option('--node-label <name=value>', 'ask for a machine that has this label; may be repeated', parseLabel);
}

/** The same for the server; undefined where nothing is asked for. */
export function resourcesOf(options: ResourceOptions): TaskResources | undefined {
  const { gpus, gpuMemory, keepCpus, keepMemory, nodeLabel } = options;
  const asked: TaskResources = {
    ...(gpus === undefined ? {} : { gpus }),
    ...(gpuMemory === undefined ? {} : { gpu_memory_bytes: gpuMemory * MIB }),
    ...(keepCpus === undefined ? {} : { cpus: keepCpus }),
    ...(keepMemory === undefined ? {} : { memory_bytes: keepMemory * MIB }),
    ...(nodeLabel === undefined ? {} : { node_labels: nodeLabel }),
  };
  return Object.keys(asked).length === 0 ? undefined : asked;
}

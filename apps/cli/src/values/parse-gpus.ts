import { InvalidArgumentError } from 'commander';

/** More no machine has, as far as a server is concerned. */
const GPUS_MAX = 1024;

/** Reads a number of GPUs, or `all` of a machine. */
export function parseGpus(text: string): number | 'all' {
  if (text === 'all') return 'all';
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= 1 && count <= GPUS_MAX) return count;
  throw new InvalidArgumentError(`Write a number of GPUs from 1 to ${GPUS_MAX}, or all.`);
}

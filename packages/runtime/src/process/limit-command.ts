import { readFile } from 'node:fs/promises';
import type { ModelLimits } from '@inference/domain';

/** Open files of one process. */
export const OPEN_FILES_MAX = 65_536;

/** What this process may at most hand on: an unprivileged one cannot raise its own hard limits. */
export type HardLimits = { readonly files: number; readonly processes: number };

/** Reads the hard limits of this process. A limit that cannot be read counts as none. */
export async function readHardLimits(): Promise<HardLimits> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  return { files: hard(text, 'Max open files'), processes: hard(text, 'Max processes') };
}

function hard(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(name)) ?? '';
  const value = Number(line.slice(name.length).trim().split(/\s+/)[1]);
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}

/**
 * What a process may hold beyond its memory limit, in bytes: Node 24 holds 560 MiB of writable memory that it does not use,
 * and dies at its start without them.
 */
const UNUSED_MEMORY_BYTES = 768 * 1024 * 1024;

/**
 * The `prlimit` command in front of a model's own. Memory is limited per process and as RLIMIT_DATA, a backstop against a model
 * that takes all: an address-space limit (RLIMIT_AS) counts what is only reserved, and Node, CUDA and Java reserve far more
 * than they use. Files in /tmp and /dev/shm have limits of their own.
 */
export function limitCommand(limits: ModelLimits, most: HardLimits): string[] {
  return [
    'prlimit',
    '--core=0',
    `--fsize=${Math.max(limits.outputBytes, limits.memoryBytes)}`,
    `--nofile=${Math.min(OPEN_FILES_MAX, most.files)}`,
    `--nproc=${Math.min(limits.pidsMax, most.processes)}`,
    `--data=${limits.memoryBytes + UNUSED_MEMORY_BYTES}`,
    '--',
  ];
}

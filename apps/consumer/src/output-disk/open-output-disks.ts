import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '@inference/domain';
import { StartRefused } from '@inference/service';
import { LoopDisks } from './loop-disks.ts';
import type { OutputDisks } from './output-disks.ts';

/** How /output is kept within the limit of its model: looked at while the model runs, or a file system of that size besides. */
export const OUTPUT_QUOTAS = ['watchdog', 'loop'] as const;
export type OutputQuota = (typeof OUTPUT_QUOTAS)[number];

const PROBE = 'output-disk-probe';
const PROBE_ROOM = { bytes: 1024 ** 2, entries: 16 };

/**
 * Makes ready what OUTPUT_QUOTA asks for, and tries it once.
 *
 * @throws StartRefused where this process can mount no loop file
 */
export async function openOutputDisks(quota: OutputQuota, workFolder: string): Promise<OutputDisks> {
  const disks = new LoopDisks(quota === 'loop');
  if (quota === 'loop') await probe(disks, join(workFolder, PROBE));
  return disks;
}

async function probe(disks: LoopDisks, root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    // What a probe left that was killed.
    await disks.letGo(root);
    await rm(root, { recursive: true });
    await mkdir(root, { mode: 0o700 });
    await disks.make(root, PROBE_ROOM);
    await disks.letGo(root);
    await rm(root, { recursive: true });
  } catch (error) {
    const needs = 'It needs root with CAP_SYS_ADMIN, /dev/loop-control, mount and mkfs.ext4 (e2fsprogs): give it those, or leave it out.';
    throw new StartRefused(`OUTPUT_QUOTA=loop cannot be had here: ${reasonOf(error)}. ${needs}`, { cause: error });
  }
}

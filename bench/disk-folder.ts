import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What Linux calls file systems that lie in memory: tmpfs and ramfs. There an fsync costs nothing. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/** A folder on a real disk to make temporary ones in: the system's own, else `/var/tmp`, else this one. */
export async function diskFolder(): Promise<string> {
  for (const folder of [tmpdir(), '/var/tmp']) {
    const found = await statfs(folder).catch(() => null);
    if (found !== null && !IN_MEMORY.has(found.type)) return folder;
  }
  return join(import.meta.dirname);
}

/** Bytes that may still be written to a folder's file system. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

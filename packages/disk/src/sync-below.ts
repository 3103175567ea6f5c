import { join } from 'node:path';
import type { Disk } from './disk.ts';

/** Makes everything below a folder last: what its files contain, and every name. */
export async function syncBelow(disk: Disk, folder: string): Promise<void> {
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    if ((await disk.find(path))?.isFolder) await syncBelow(disk, path);
    else await syncFile(disk, path);
  }
  await disk.syncFolder(folder);
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path);
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
}

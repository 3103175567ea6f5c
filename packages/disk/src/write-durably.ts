import { dirname } from 'node:path';
import type { Disk } from './disk.ts';

/** What a file is called while it is written. */
const PARTIAL = '.partial';

/** Writes a small file that is there whole or, should the process or the machine stop, as it was before. */
export async function writeDurably(disk: Disk, path: string, content: string): Promise<void> {
  const partial = `${path}${PARTIAL}`;
  await disk.remove(partial);
  const file = await disk.create(partial);
  try {
    await file.write([Buffer.from(content)]);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(partial, path);
  await disk.syncFolder(dirname(path));
}

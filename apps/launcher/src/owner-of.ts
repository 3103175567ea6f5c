import { lstat } from 'node:fs/promises';
import type { ModelUser } from '@inference/runtime';

/** Whose a folder is; null where there is none. A link is none: whoever may write beside it would choose with it as whom containers run. */
export async function ownerOf(folder: string): Promise<ModelUser | null> {
  try {
    const found = await lstat(folder);
    return found.isDirectory() ? { uid: found.uid, gid: found.gid } : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

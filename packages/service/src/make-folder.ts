import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it, where there are none yet; answers whether it did. Node's own way to do so (`recursive`) never ends
 * where the folder above is there and nothing can be made in it, as in /proc.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<boolean> {
  if (await isThere(path)) return false;
  if (dirname(path) !== path) await makeFolder(dirname(path), mode);
  try {
    await mkdir(path, mode);
    return true;
  } catch (error) {
    // Somebody else made it meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await isThere(path))) return false;
    throw error;
  }
}

/** Whether the folder is there; something else of that name is no folder. */
async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

import { closeSync, fsyncSync, linkSync, openSync, rmSync, writeSync } from 'node:fs';

/**
 * Writes a file that only its owner may read, whole or not at all, and never over another one.
 *
 * @returns false, with nothing changed, when there is a file already
 */
export function writeNewFile(path: string, content: string): boolean {
  const partial = `${path}.${process.pid}.new`;
  const descriptor = openSync(partial, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
    // Unlike a rename, this fails where there is a file.
    linkSync(partial, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    closeSync(descriptor);
    rmSync(partial);
  }
}

import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const OWNERS_MODE = 0o700;

/**
 * Lets the owner of a folder, and of all below it, look into them and change them: who made them may have closed them, and then nobody but
 * root can remove what is there. Links are not followed. Only for what nobody writes to any more.
 */
export async function openFolders(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return;
  const folders = [path];
  // A stack, not recursion: the depth was a model's choice.
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await chmod(next, OWNERS_MODE);
    for (const entry of await readdir(next, { withFileTypes: true })) if (entry.isDirectory()) folders.push(join(next, entry.name));
  }
}

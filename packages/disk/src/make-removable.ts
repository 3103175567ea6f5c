import { randomUUID } from 'node:crypto';
import { chmod, lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

const OWNERS_MODE = 0o700;
/** Paths below a folder are no longer than this, in characters: Linux takes 4,096 bytes in all. */
const PATH_CHARS_MAX = 512;

/**
 * Makes a folder such that its owner can remove it with all that is in it, whatever a model did there: folders that are closed even to their
 * owner are opened, and those that are too deep for a path are moved up. Links are not followed. Only for what nobody writes to any more.
 */
export async function makeRemovable(root: string): Promise<void> {
  if (!(await lstat(root)).isDirectory()) return;
  const folders = [root];
  // A stack, not recursion: the depth was the model's choice.
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await chmod(next, OWNERS_MODE);
    let folder = next;
    if (next.length - root.length > PATH_CHARS_MAX) {
      folder = join(root, randomUUID());
      await rename(next, folder);
    }
    for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) folders.push(join(folder, entry.name));
  }
}

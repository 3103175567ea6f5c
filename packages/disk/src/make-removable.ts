import { randomUUID } from 'node:crypto';
import { chmod, lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

const OWNERS_MODE = 0o700;
/** Paths below a folder are no longer than this, in bytes: Linux takes 4,096 in all. */
const PATH_BYTES_MAX = 512;
const SLASH = Buffer.from('/');

/**
 * Makes a folder such that its owner can remove it with all that is in it, whatever a model did there: folders that are closed even to their
 * owner are opened, and those that are too deep for a path are moved up. Links are not followed. Only for what nobody writes to any more.
 */
export async function makeRemovable(root: string): Promise<void> {
  if (!(await lstat(root)).isDirectory()) return;
  // Bytes, for names need not be UTF-8.
  const top = Buffer.from(root);
  const folders = [top];
  // A stack, not recursion: the depth was the model's choice.
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await chmod(next, OWNERS_MODE);
    let folder = next;
    if (next.length - top.length > PATH_BYTES_MAX) {
      folder = Buffer.from(join(root, randomUUID()));
      await rename(next, folder);
    }
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' }))
      if (entry.isDirectory()) folders.push(Buffer.concat([folder, SLASH, entry.name]));
  }
}

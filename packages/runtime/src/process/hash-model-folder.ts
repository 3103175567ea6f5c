import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A shipped example has a handful of files; a folder with more is none. */
export const HASHED_FILES_MAX = 1000;

/**
 * SHA-256 (64 hexadecimal digits) over the names and contents of all files of a model's folder, `node_modules` left out.
 * Null when the folder holds a link or a special file, or more than 1000 files: such a folder is never trusted.
 */
export async function hashModelFolder(folder: string): Promise<string | null> {
  const files = await listFiles(folder);
  if (files === null) return null;
  const all = createHash('sha256');
  for (const name of files.sort()) {
    const one = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), one);
    all.update(`${one.digest('hex')} ${name.split(sep).join('/')}\n`);
  }
  return all.digest('hex');
}

async function listFiles(root: string): Promise<string[] | null> {
  const files: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(relative(root, path));
      else return null;
    }
    if (files.length + folders.length > HASHED_FILES_MAX) return null;
  }
  return files;
}

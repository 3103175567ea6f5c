import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InputError } from './input-error.ts';

/** Files of one input; the server takes no more either. */
const FILES_MAX = 1_000_000;
/** Left out of every zip: what file managers leave behind, and nobody means to send. */
const JUNK = new Set(['__MACOSX', '.DS_Store']);

/** A file of a folder: its name in the zip, and where it lies. */
export type ListedFile = { readonly name: string; readonly path: string; readonly bytes: number };

/** The files below a folder, names in order, and how many things were left out. */
export type Listed = { readonly files: readonly ListedFile[]; readonly links: number; readonly special: number };

/**
 * Lists the files below a folder. A link to a file inside the folder counts as that file; other links are left out, so that nothing
 * from elsewhere is sent by mistake. Throws InputError.
 */
export async function listFolder(folder: string): Promise<Listed> {
  const root = await realpath(folder);
  const files: ListedFile[] = [];
  let [links, special] = [0, 0];
  const waiting = [''];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for await (const { name: base } of await opendir(join(root, below)).catch(unreadable)) {
      if (JUNK.has(base)) continue;
      const name = below === '' ? base : `${below}/${base}`;
      const path = join(root, name);
      const found = await lstat(path).catch(unreadable);
      const file = found.isSymbolicLink() ? await linkedFile(path, root) : found.isFile() ? { path, bytes: found.size } : null;
      if (found.isDirectory()) waiting.push(name);
      else if (file !== null) files.push({ name, ...file });
      else if (found.isSymbolicLink()) links++;
      else special++;
      if (files.length > FILES_MAX) throw new InputError(`${folder} has more than ${FILES_MAX} files.`);
    }
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { files, links, special };
}

/** What a link leads to, if that is a file inside the folder. */
async function linkedFile(path: string, root: string): Promise<{ path: string; bytes: number } | null> {
  const target = await realpath(path).catch(() => null);
  if (target === null || !target.startsWith(root + sep)) return null;
  const found = await stat(target).catch(unreadable);
  return found.isFile() ? { path: target, bytes: found.size } : null;
}

function unreadable(error: Error): never {
  throw new InputError(`The input cannot be read: ${error.message}`);
}

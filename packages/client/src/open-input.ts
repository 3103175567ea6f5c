import { stat } from 'node:fs/promises';
import { fileInput, folderInput } from './folder-input.ts';
import type { Input } from './input.ts';
import { InputError } from './input-error.ts';
import { zipInput } from './zip-input.ts';

/** What lies at a path, as an input: a folder is zipped on the way, `*.zip` goes as it is, another file goes as a zip that holds it. */
export async function openInput(path: string): Promise<Input> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(error.code === 'ENOENT' ? `There is no file or folder ${path}.` : `${path} cannot be read: ${error.message}`);
  });
  if (found.isDirectory()) return folderInput(path);
  if (!found.isFile()) throw new InputError(`${path} is neither a file nor a folder.`);
  return path.toLowerCase().endsWith('.zip') ? zipInput(path) : fileInput(path, found.size);
}

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipFolder } from './zip-folder.ts';

const CONTENT_BYTES = 1024;

/** An input as small as inputs get: one file of 1 KiB that cannot be packed. */
export type SmallZip = {
  /** The file in a folder, as a model sees it. */
  readonly folder: string;
  readonly path: string;
  readonly zip: Buffer;
};

/** Makes such an input in `parent`. */
export async function smallZip(parent: string): Promise<SmallZip> {
  const [folder, path] = [join(parent, 'content'), join(parent, 'input.zip')];
  await mkdir(folder);
  await writeFile(join(folder, 'noise.zst'), randomBytes(CONTENT_BYTES));
  await zipFolder(folder, path);
  return { folder, path, zip: await readFile(path) };
}

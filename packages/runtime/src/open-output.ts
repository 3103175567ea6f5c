import { chmod, lstat, readdir } from 'node:fs/promises';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o400;
const SLASH = Buffer.from('/');

/**
 * Gives this process back its access to what a model wrote: a model may close a folder or file even to its owner, and only root
 * could then collect or remove it. Needed where we are not root; call it when no process of the model lives any more. Links
 * are not followed. It takes as long as the output is large, for it looks at every entry once.
 */
export async function openOutput(folder: string): Promise<void> {
  // Bytes, for names need not be UTF-8.
  const folders = [Buffer.from(folder)];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    await allow(next, FOLDER_MODE);
    // What belongs to somebody else stays as it is: the collector names what it cannot read.
    for (const entry of await readdir(next, { withFileTypes: true, encoding: 'buffer' }).catch(() => [])) {
      const path = Buffer.concat([next, SLASH, entry.name]);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) await allow(path, FILE_MODE);
    }
  }
}

async function allow(path: Buffer, wanted: number): Promise<void> {
  try {
    const { mode } = await lstat(path);
    if ((mode & wanted) !== wanted) await chmod(path, (mode & 0o777) | wanted);
  } catch (error) {
    if (!['EPERM', 'EACCES', 'ENOENT', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

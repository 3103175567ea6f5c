import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, StartRefused } from '@inference/service';
import { lockFile } from './lock-file.ts';

/** So many consumers can share one WORK_DIR. */
const CONSUMERS_MAX = 64;

/** The part of WORK_DIR that belongs to this consumer alone. */
export type WorkFolder = {
  readonly path: string;
  /** 1 for the first consumer on this WORK_DIR, 2 for the second, ... */
  readonly number: number;
  /** Made at the folder's first use, from the host's name: what is left in it, and in Docker, belongs to whoever has the folder now. */
  readonly identity: string;
  release(): void;
};

/** Takes the first folder below `root` that no other consumer has: two that shared one would remove each other's attempts. */
export async function takeWorkFolder(root: string, hostName: string): Promise<WorkFolder> {
  await makeFolder(root);
  for (let number = 1; number <= CONSUMERS_MAX; number++) {
    const path = join(root, `consumer-${number}`);
    await mkdir(path, { recursive: true });
    // What is below is readable for the users that models run as; that nobody else gets here is what guards it.
    await chmod(path, 0o700);
    const release = await lockFile(join(path, 'lock'));
    if (release !== null) return { path, number, identity: await identityOf(path, hostName), release };
  }
  throw new StartRefused(`${CONSUMERS_MAX} consumers share this WORK_DIR already: give this one another.`);
}

async function identityOf(folder: string, hostName: string): Promise<string> {
  const file = join(folder, 'identity');
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  if (kept.trim() !== '') return kept.trim();
  const name =
    hostName
      .replace(/[^A-Za-z0-9.-]/g, '')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'consumer';
  const identity = `${name}-${randomBytes(6).toString('hex')}`;
  await writeFile(`${file}.new`, `${identity}\n`);
  await rename(`${file}.new`, file);
  return identity;
}

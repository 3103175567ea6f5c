import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

type Unlock = () => Promise<void>;

/**
 * Holds a data folder for this process alone. The lock is an abstract unix socket named after the folder's inode: the kernel frees it
 * when the process dies, however it dies. Where there are none (not Linux), it is a file with this process's id.
 *
 * @returns what releases the folder, or null when another server holds it
 */
export async function lockDataFolder(folder: string, platform: NodeJS.Platform = process.platform): Promise<Unlock | null> {
  if (platform !== 'linux') return lockByFile(join(folder, 'server.pid'));
  const { dev, ino } = await stat(folder);
  const lock = createServer();
  if (!(await listens(lock, `\0inference-server/${dev}/${ino}`))) return null;
  lock.unref();
  return () => new Promise((resolve) => lock.close(() => resolve()));
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen({ path }, () => resolve(true));
  });
}

/** Two that find the file of a dead server at the same instant may both get the lock: then the database's own is what is left. */
async function lockByFile(path: string): Promise<Unlock | null> {
  if (!(await makes(path))) {
    const holder = Number(await readFile(path, 'utf8'));
    // A dead server may have had the id that this process has now.
    if (holder !== process.pid && lives(holder)) return null;
    await rename(path, `${path}.old`);
    if (!(await makes(path))) return null;
  }
  return () => rm(path, { force: true });
}

async function makes(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * Holds a data folder for this process alone. The lock is an abstract unix socket named after the folder's inode: the kernel frees it
 * when the process dies, however it dies. Where there are none (not Linux), the database's own lock is what is left.
 *
 * @returns what releases the folder, or null when another server holds it
 */
export async function lockDataFolder(folder: string): Promise<(() => Promise<void>) | null> {
  if (process.platform !== 'linux') return async () => {};
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

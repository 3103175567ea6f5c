import { chmod, lstat, rm, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { StartRefused } from '@inference/service';

const OF_OTHERS = 0o007;
const FOR_OWNER_AND_GROUP = 0o660;

/**
 * Makes a server listen on a unix socket, in a folder that is closed to others: who reaches the socket may run containers. What a launcher that
 * died has left there is removed.
 *
 * @throws StartRefused when the folder is open to others, or another process listens there
 */
export async function openSocket(server: Server, path: string): Promise<void> {
  const { mode } = await stat(dirname(path));
  if ((mode & OF_OTHERS) !== 0) {
    const message = 'The folder of LAUNCHER_SOCKET is open to every user of this machine: close it (chmod 0750), or name another one.';
    throw new StartRefused(message, { isConfiguration: true });
  }
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  await chmod(path, FOR_OWNER_AND_GROUP);
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return;
  if (!found.isSocket()) throw new StartRefused('LAUNCHER_SOCKET names something that is no socket.', { isConfiguration: true });
  if (await answers(path)) throw new StartRefused('Another launcher listens on this LAUNCHER_SOCKET: stop it, or name another one.');
  await rm(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

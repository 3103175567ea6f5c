import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSocket } from './open-socket.ts';

async function closedFolder(): Promise<string> {
  const folder = join(await testFolder(), 'closed');
  await mkdir(folder, { mode: 0o750 });
  return folder;
}

function server(): Server {
  const made = createServer((_request, response) => response.end());
  onTestFinished(async () => {
    if (!made.listening) return;
    made.close();
    await once(made, 'close');
  });
  return made;
}

describe('the socket of a launcher', () => {
  it('may be used by its user and group, and nobody else', async () => {
    const path = join(await closedFolder(), 'launcher.sock');
    await openSocket(server(), path);
    expect((await stat(path)).mode & 0o777).toBe(0o660);
  });

  it('is not opened in a folder that other users can enter', async () => {
    const folder = await closedFolder();
    await chmod(folder, 0o751);
    await expect(openSocket(server(), join(folder, 'launcher.sock'))).rejects.toThrow('close it (chmod 0750)');
  });

  it('is opened again where a launcher that died has left it, but not where one listens', async () => {
    const path = join(await closedFolder(), 'launcher.sock');
    const first = server();
    await openSocket(first, path);
    await expect(openSocket(server(), path)).rejects.toThrow('Another launcher listens');
    // The file stays, as after a kill: Node would remove it.
    const left = join(await closedFolder(), 'launcher.sock');
    await leaveSocket(left);
    await openSocket(server(), left);
    expect((await stat(left)).isSocket()).toBe(true);
  });

  it('is not put in the place of a file', async () => {
    const path = join(await closedFolder(), 'launcher.sock');
    await writeFile(path, 'precious');
    await expect(openSocket(server(), path)).rejects.toThrow('no socket');
  });
});

/** Leaves a socket on which nobody listens. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}

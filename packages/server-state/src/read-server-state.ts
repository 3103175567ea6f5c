import { readFile } from 'node:fs/promises';
import { type ServerState, serverStateFile } from './server-state.ts';

/** Where the server of this machine is; null where none has written it, what is there cannot be used, or its process is gone. */
export async function readServerState(folder: string): Promise<ServerState | null> {
  const text = await readFile(serverStateFile(folder), 'utf8').catch(() => null);
  const state = text === null ? null : parse(text);
  return state !== null && isAlive(state.pid) ? state : null;
}

function parse(text: string): ServerState | null {
  try {
    const { url, pid, dataFolder, startedAt } = JSON.parse(text) as Partial<ServerState>;
    const isWhole = typeof url === 'string' && URL.canParse(url) && typeof dataFolder === 'string' && typeof startedAt === 'string';
    return isWhole && typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? { url, pid, dataFolder, startedAt } : null;
  } catch {
    // A file of something else says nothing of a server.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { rm } from 'node:fs/promises';
import { readServerState } from './read-server-state.ts';
import { serverStateFile } from './server-state.ts';

/** Removes what the server of this process wrote; that of another one, which started later, stays. */
export async function removeServerState(folder: string, pid: number): Promise<void> {
  const state = await readServerState(folder);
  if (state?.pid === pid) await rm(serverStateFile(folder), { force: true });
}

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { type ServerState, serverStateFile } from './server-state.ts';

/** Writes where a server is, for its owner only (0600), whole or not at all. */
export async function writeServerState(folder: string, state: ServerState): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = serverStateFile(folder);
  const part = `${file}.${state.pid}`;
  await writeFile(part, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(part, file);
}

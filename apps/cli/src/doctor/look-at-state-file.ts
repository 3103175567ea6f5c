import { rm, stat } from 'node:fs/promises';
import { type ServerState, serverStateFile } from '@inference/server-state';
import { doubtful, type Finding, fine } from './finding.ts';

/** Looks whether a server of this machine says where it is, or one that is gone still does. */
export async function lookAtStateFile(stateFolder: string, state: ServerState | null): Promise<Finding> {
  if (state !== null) return fine('here', `A server runs on this machine: ${state.url}, process ${state.pid}.`);
  const file = serverStateFile(stateFolder);
  const isThere = (await stat(file).catch(() => null)) !== null;
  if (!isThere) return fine('here', 'No server of yours runs on this machine. infer up starts one.');
  const mend = () => rm(file, { force: true });
  return { ...doubtful('here', `${file} speaks of a server that is gone.`, `rm '${file}' (or: infer doctor --fix)`), mend };
}

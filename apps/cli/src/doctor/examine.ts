import { isIP } from 'node:net';
import { join } from 'node:path';
import { readServerState } from '@inference/server-state';
import { engineAddress } from '../machine/engine-address.ts';
import type { Session } from '../session.ts';
import { broken, type Finding } from './finding.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { lookAtDocker } from './look-at-docker.ts';
import { lookAtGpus } from './look-at-gpus.ts';
import { lookAtKey } from './look-at-key.ts';
import { lookAtNode } from './look-at-node.ts';
import { lookAtPort } from './look-at-port.ts';
import { lookAtProfiles } from './look-at-profiles.ts';
import { lookAtSandbox } from './look-at-sandbox.ts';
import { lookAtServer } from './look-at-server.ts';
import { lookAtStateFile } from './look-at-state-file.ts';
import { lookAtWork } from './look-at-work.ts';

/** Looks at everything that can keep tasks from running: this program, this machine where the server is its own, and the server. */
export async function examine(session: Session, dataFolder: string | undefined): Promise<Finding[]> {
  const { environment, folder, nodeVersion } = session.cli;
  const state = await readServerState(environment.stateFolder);
  const own = [
    lookAtNode(nodeVersion),
    await lookAtProfiles(environment.configFolder),
    await lookAtStateFile(environment.stateFolder, state),
  ];
  const connection = await session.connection().catch((error: Error) => error);
  if (connection instanceof Error)
    return [
      ...own,
      broken('settings', connection.message, 'Correct it where it was set: a flag, INFERENCE_URL, INFERENCE_PROFILE, .inference.json'),
    ];
  // Says which certificates are trusted.
  await session.client();
  const isLocal = isLoopback(new URL(connection.url).hostname);
  const { findings, answers } = await lookAtServer(connection, isLocal, session.signal);
  const machine = isLocal ? await lookAtMachine(session, dataFolder ?? state?.dataFolder ?? join(folder, 'inference-data')) : [];
  const port = isLocal && answers !== 'ours' ? [await lookAtPort(connection.url)] : [];
  if (answers !== 'ours') return [...own, ...machine, ...port, ...findings];
  const key = await lookAtKey(connection, Date.now(), session.signal);
  return [...own, ...machine, ...findings, key, ...(await lookAtWork(connection, Date.now(), session.signal))];
}

async function lookAtMachine({ cli }: Session, dataFolder: string): Promise<Finding[]> {
  const { dockerSocket, dockerHost } = cli.environment;
  const { findings, engine } = await lookAtDocker(engineAddress(dockerSocket, dockerHost));
  return [...findings, await lookAtGpus(engine), await lookAtSandbox(cli.isRoot), await lookAtDisk(dataFolder)];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

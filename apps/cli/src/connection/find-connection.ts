import { readServerState } from '@inference/server-state';
import type { Environment } from '../config.ts';
import { UsageError } from '../usage-error.ts';
import type { Connection } from './connection.ts';
import { type Profiles, profileFile, readProfiles } from './profile-file.ts';
import { findProjectFile } from './project-file.ts';

const DEFAULT_URL = 'http://127.0.0.1:7420';

/** What the flags say about the connection. */
export type ConnectionFlags = {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
  readonly token?: string | undefined;
};

/**
 * Finds the server and the key: flags, then the environment, the project's file, the current profile, a server that runs on this machine,
 * the usual address. A key goes only to a server that the user has named for it: none of the environment's or a profile's goes to an
 * address that a project's file names, but for the profile of that very address.
 */
export async function findConnection(flags: ConnectionFlags, environment: Environment, folder: string): Promise<Connection> {
  const profiles = await readProfiles(environment.configFolder);
  const token = flags.token ?? environment.token;
  if (flags.url !== undefined) return { url: checked(flags.url), token: token ?? tokenFor(flags.url, profiles), source: '--url' };
  if (flags.profile !== undefined) return fromProfile(flags.profile, profiles, environment, flags.token);
  if (environment.url !== undefined)
    return { url: checked(environment.url), token: token ?? tokenFor(environment.url, profiles), source: 'INFERENCE_URL' };
  if (environment.profile !== undefined) return fromProfile(environment.profile, profiles, environment, token);
  const project = await findProjectFile(folder);
  if (project?.url !== undefined)
    return { url: checked(project.url), token: flags.token ?? tokenFor(project.url, profiles), source: project.path };
  if (project?.profile !== undefined) return fromProfile(project.profile, profiles, environment, token);
  if (profiles.current !== null) return fromProfile(profiles.current, profiles, environment, token);
  const server = await readServerState(environment.stateFolder);
  if (server !== null) return { url: checked(server.url), token, source: 'the server of this machine' };
  return { url: DEFAULT_URL, token, source: 'the usual address' };
}

function fromProfile(name: string, { profiles }: Profiles, environment: Environment, token: string | undefined): Connection {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) {
    const { url, token: saved, tokenEndsAt } = profile;
    return { url: checked(url), token: token ?? saved, source: `the profile ${name}`, ...(token === undefined ? { tokenEndsAt } : {}) };
  }
  const known = Object.keys(profiles).join(', ') || 'none';
  throw new UsageError(`There is no profile ${name} in ${profileFile(environment.configFolder)}. There are: ${known}.`);
}

/** The key that was saved for this very address. */
function tokenFor(url: string, { profiles }: Profiles): string | undefined {
  return Object.values(profiles).find((profile) => URL.canParse(url) && profile.url.replace(/\/+$/, '') === url.replace(/\/+$/, ''))?.token;
}

function checked(url: string): string {
  const { protocol = '', username = '', password = '' } = URL.parse(url) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new UsageError(`"${url}" is no address of a server. Write it such as http://gpu-box:7420.`);
  if (username !== '' || password !== '')
    throw new UsageError('The address holds a password. Give the key with --token-stdin or INFERENCE_TOKEN.');
  return url.replace(/\/+$/, '');
}

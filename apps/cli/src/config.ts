import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { stateFolderOf } from '@inference/server-state';

/** What the environment says to the command line. */
export type Environment = {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly profile: string | undefined;
  /** The folder of the profiles. */
  readonly configFolder: string;
  /** The folder in which a server on this machine says where it is. */
  readonly stateFolder: string;
  /** Where the Docker engine listens, as the server of this machine and as Docker's own programs are told. */
  readonly dockerSocket: string | undefined;
  readonly dockerHost: string | undefined;
  /** The terminal can do nothing but print. */
  readonly isDumb: boolean;
};

/** Reads the environment; an empty variable counts as none. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const value = (name: string) => (variables[name] === '' ? undefined : variables[name]);
  const chosen = value('XDG_CONFIG_HOME') ?? '';
  return {
    url: value('INFERENCE_URL'),
    token: value('INFERENCE_TOKEN'),
    profile: value('INFERENCE_PROFILE'),
    configFolder: join(isAbsolute(chosen) ? chosen : join(homedir(), '.config'), 'infer'),
    stateFolder: stateFolderOf(variables),
    dockerSocket: value('DOCKER_SOCKET'),
    dockerHost: value('DOCKER_HOST'),
    isDumb: value('TERM') === 'dumb',
  };
}

/** Lets this process speak to servers whose certificate nobody vouches for: Node knows no other way for its fetch. */
export function trustAnyCertificate(): void {
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
}

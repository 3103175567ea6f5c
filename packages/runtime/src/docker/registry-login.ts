import { readFile } from 'node:fs/promises';
import { registryOf } from '@inference/domain';

/** The file of logins is smaller than this, in bytes. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Under which name `docker login` keeps what it was told for Docker Hub. */
const HUB_NAMES: readonly string[] = ['docker.io', 'index.docker.io', 'https://index.docker.io/v1/'];

/** What such a file holds of a registry. */
type Kept = { readonly auth?: unknown; readonly identitytoken?: unknown };

/** What an engine is told to log in with. */
export type RegistryLogin =
  | { readonly username: string; readonly password: string; readonly serveraddress: string }
  | { readonly identitytoken: string; readonly serveraddress: string };

/**
 * The login for the registry of an image, from a file as `docker login` and `podman login` write it; null where it has none. Read for each
 * pull: a new login needs no restart.
 *
 * @throws Error in words for the log where the file cannot be used; none of them holds a secret
 */
export async function registryLogin(path: string, image: string): Promise<RegistryLogin | null> {
  const registry = registryOf(image);
  const names = registry === 'docker.io' ? HUB_NAMES : [registry, `https://${registry}`];
  const kept = await readLogins(path);
  const name = names.find((each) => kept.has(each));
  if (name === undefined) return null;
  const { auth = '', identitytoken } = kept.get(name) ?? {};
  if (typeof identitytoken === 'string') return { identitytoken, serveraddress: registry };
  const [, username, password] = /^([^:]+):(.+)$/s.exec(Buffer.from(String(auth), 'base64').toString()) ?? [];
  if (username === undefined || password === undefined) {
    throw new Error(`REGISTRY_AUTH_FILE has no user and password for ${registry}: a credential helper keeps them, and none is asked here.`);
  }
  return { username, password, serveraddress: registry };
}

async function readLogins(path: string): Promise<ReadonlyMap<string, Kept>> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`REGISTRY_AUTH_FILE cannot be read (${error.code}).`);
  });
  try {
    if (content.length > FILE_BYTES_MAX) throw new Error('too large');
    const { auths } = JSON.parse(content.toString()) as { auths: Record<string, Kept> };
    return new Map(Object.entries(auths));
  } catch {
    // What was thrown may quote the file.
    throw new Error('REGISTRY_AUTH_FILE is not a file as "docker login" writes it: a JSON object with "auths".');
  }
}

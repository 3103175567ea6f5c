import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** The way to a registry, where that is not the plain one. */
const NETWORK = /^(?:https?_proxy|no_proxy|npm_config_(?:registry|cafile)|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR))$/i;

/** A clone in a folder that nobody but its owner can enter, and what a shell of that owner has, with an npm cache in which nothing is. */
export type CleanClone = AsyncDisposable & { readonly folder: string; readonly environment: Readonly<Record<string, string>> };

/** Clones the committed sources for a user; null: for whoever runs us. */
export async function cleanClone(uid: number | null): Promise<CleanClone> {
  const home = await mkdtemp(join(tmpdir(), 'inference-clone-'));
  await chmod(home, 0o700);
  const folder = join(home, 'inference-server');
  await run('git', ['clone', '--quiet', ROOT, folder]);
  if (uid !== null) await run('chown', ['-R', `${uid}:${uid}`, home]);
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name)) as [string, string][];
  return {
    folder,
    environment: { ...Object.fromEntries(network), HOME: home, npm_config_cache: join(home, 'npm-cache'), PATH: pathOfUsers() },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Where a user's shell looks for programs: the machine's own Node, whichever that is, or else the one that runs us. */
function pathOfUsers(): string {
  const hasNode = SYSTEM_FOLDERS.some((folder) => existsSync(join(folder, 'node')) && existsSync(join(folder, 'npm')));
  return hasNode ? SYSTEM_FOLDERS.join(':') : String(process.env['PATH']);
}

import { lstat, readlink } from 'node:fs/promises';
import type { Bind } from './sandbox-plan.ts';

/** What a program needs of this machine's system: nothing here holds secrets on a usual system. */
const WANTED = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
];

/** The read-only system of a sandbox: what is bound, and what is a link (`/bin` to `usr/bin`). */
export type SystemBinds = { readonly binds: readonly Bind[]; readonly links: readonly { readonly target: string; readonly to: string }[] };

/** Looks what of the system exists on this machine. */
export async function findSystemBinds(): Promise<SystemBinds> {
  const binds: Bind[] = [];
  const links: { target: string; to: string }[] = [];
  for (const path of WANTED) {
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    if (found.isSymbolicLink() && !path.startsWith('/etc/')) links.push({ target: path, to: await readlink(path) });
    else binds.push({ source: path, target: path, writable: false });
  }
  return { binds, links };
}

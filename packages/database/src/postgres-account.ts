import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Postgres refuses to run as root; started by root, it runs as this uid and gid, which no Debian account has. */
const DATABASE_UID = 59_070;
/** An account that every Linux has. */
export const NOBODY_UID = 65_534;

/** Whom the database server runs as: null means as whoever runs us. */
export function postgresUid(): number | null {
  return process.getuid?.() === 0 ? DATABASE_UID : null;
}

/** Whether a process of that uid (with no group) can enter every folder on the way to `path`. Missing folders count as enterable. */
export async function canEnter(path: string, uid: number): Promise<boolean> {
  let folder = resolve(path);
  for (;;) {
    const found = await stat(folder).catch(() => null);
    if (found !== null && !enterable(found, uid)) return false;
    const parent = dirname(folder);
    if (parent === folder) return true;
    folder = parent;
  }
}

function enterable(folder: { mode: number; uid: number }, uid: number): boolean {
  return (folder.mode & (folder.uid === uid ? 0o100 : 0o001)) !== 0;
}

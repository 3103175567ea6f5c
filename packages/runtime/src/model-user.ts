import { chmod, chown, stat } from 'node:fs/promises';
import type { RunOrder } from './model-runtime.ts';

/** The user that a model runs as. */
export type ModelUser = { readonly uid: number; readonly gid: number };

/** Models of a consumer that runs as root get this uid (and gid): nothing on a usual system belongs to it. */
export const MODEL_UID = 59_071;

/** The user in containers unless somebody names one: an unprivileged one where this process is root, else this process's own. */
export function ownUser(): ModelUser {
  if (process.getuid?.() === 0) return { uid: MODEL_UID, gid: MODEL_UID };
  return { uid: process.getuid?.() ?? MODEL_UID, gid: process.getgid?.() ?? MODEL_UID };
}

const READABLE_BY_ALL = 0o555;
const WRITABLE_BY_ALL = 0o777;

/**
 * Makes the folders of an order usable for a model that runs as another user than this process: `/output` becomes its own, the
 * others become readable. Other users stay out, because the folder above them is ours alone (0700).
 *
 * @param user null when only the image knows its user: then anyone who gets this far may write to `/output`
 */
export async function giveFolders(folders: RunOrder['folders'], user: ModelUser | null): Promise<void> {
  const readable = folders.model === null ? [folders.input] : [folders.input, folders.model];
  const writable = user === null ? chmod(folders.output, WRITABLE_BY_ALL) : chown(folders.output, user.uid, user.gid);
  await Promise.all([writable, ...readable.map(makeReadable)]);
}

async function makeReadable(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & READABLE_BY_ALL) !== READABLE_BY_ALL) await chmod(folder, (mode & 0o777) | READABLE_BY_ALL);
}

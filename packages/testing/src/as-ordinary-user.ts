import { chown } from 'node:fs/promises';

/** "nobody", on Debian and most others. */
const ORDINARY_UID = 65_534;

/**
 * Does something as a user who is not root, to whom these paths are given first: where tests run as root, they would not see what a closed folder
 * does. Everything else that this process does meanwhile is done as that user, too.
 */
export async function asOrdinaryUser<Result>(paths: readonly string[], work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await work();
  for (const path of paths) await chown(path, ORDINARY_UID, ORDINARY_UID);
  process.seteuid?.(ORDINARY_UID);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that goes, with all that is in it, when it is disposed of. */
export async function temporaryFolder(parent: string, prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(parent, prefix));
  // The database's own account must be able to pass through.
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

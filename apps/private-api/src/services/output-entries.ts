import { type OutputFiles, V1_LIMITS } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import { findInStoredZip, listStoredZip, type StoredEntry } from '@inference/zips';
import type { Deps } from '../deps.ts';
import { zipSource } from './zip-source.ts';

/** What is in a stored output, as far as a listing goes. */
export async function listOutput(deps: Deps, output: StoredFile): Promise<OutputFiles> {
  const items: OutputFiles['items'] = [];
  let entries = 0;
  await listStoredZip(zipSource(deps, output), ({ path, bytes, isFolder }) => {
    entries += 1;
    if (items.length < V1_LIMITS.filesListedMax) items.push({ path, bytes, is_folder: isFolder });
    return true;
  });
  return { entries, items, truncated: entries > items.length };
}

/** One file of a stored output. @throws AppError `not_found` */
export async function openOutputFile(
  deps: Deps,
  output: StoredFile,
  path: string,
): Promise<StoredEntry & { open(): AsyncIterable<Buffer> }> {
  const found = await findInStoredZip(zipSource(deps, output), path);
  if (found === null) throw new AppError('not_found', 'The output has no file of this path: see its list of files.');
  return found;
}

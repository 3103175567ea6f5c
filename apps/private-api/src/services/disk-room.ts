import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';

/** Where the admin does not say how much is kept free: so many bytes, ... */
const RESERVE_BYTES = 2 * 1024 ** 3;
/** ... or this share of the disk, where that is less. */
const RESERVE_SHARE = 0.01;

/** What is free on the disk of the files, and how much of it uploads leave: outputs of accepted tasks, and often the database, need it. */
export type DiskRoom = { readonly freeBytes: number; readonly reserveBytes: number };

/** Looks how much room there is. */
export async function diskRoom({ files, settings }: Pick<Deps, 'files' | 'settings'>): Promise<DiskRoom> {
  const { bytes, freeBytes } = await files.space();
  return { freeBytes, reserveBytes: settings.freeDiskBytesMin ?? Math.min(RESERVE_BYTES, Math.floor(bytes * RESERVE_SHARE)) };
}

/**
 * Lets an upload in if the reserve stays free. Of several that come at the same time each is looked at by itself, and of a body whose length is
 * not announced nothing is known: then the reserve is what they may still use.
 *
 * @throws AppError `storage_full`
 */
export async function requireRoom(deps: Pick<Deps, 'files' | 'settings'>, uploadBytes: number): Promise<void> {
  const { freeBytes, reserveBytes } = await diskRoom(deps);
  if (freeBytes - uploadBytes < reserveBytes) throw new AppError('storage_full');
}

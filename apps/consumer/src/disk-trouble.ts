import type { Deps } from './deps.ts';

const GIB = 1024 ** 3;
/** Where the admin does not say how much stays free: so many bytes, ... */
const FLOOR_BYTES = 2 * GIB;
/** ... or this share of the disk, where that is less. */
const FLOOR_SHARE = 0.05;

/** Why the disk of the work folder is too full to claim anything, for people; null when it is not. The same words while it stays so. */
export async function diskTrouble({ disk, workFolder, workFreeBytesMin }: Pick<Deps, 'disk' | 'workFolder' | 'workFreeBytesMin'>) {
  const { bytes, freeBytes } = await disk.space(workFolder);
  const floorBytes = workFreeBytesMin ?? Math.min(FLOOR_BYTES, Math.floor(bytes * FLOOR_SHARE));
  if (freeBytes >= floorBytes) return null;
  return `The disk of this consumer has less than ${(floorBytes / GIB).toFixed(1)} GiB free: nothing is claimed until it has more.`;
}

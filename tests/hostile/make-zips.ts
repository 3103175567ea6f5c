import { zipOf } from '@inference/testing';
import type { Zips } from './body-of-route.ts';

const OVER_ARCHIVE_BYTES = 300_000;

/** One input that is right, and some that are broken, climb out of their folder, or are too large. */
export async function makeZips(): Promise<Zips> {
  const good = await zipOf({ 'in.txt': 'hello' });
  const climbing = await zipOf({ 'x/y.txt': 'x' });
  const bad = [
    Buffer.alloc(0),
    Buffer.from('PK'),
    Buffer.from('no zip at all'),
    good.subarray(0, good.length - 5),
    Buffer.concat([good, Buffer.from('more')]),
    Buffer.from(climbing.toString('latin1').replaceAll('x/y.txt', '../.txt'), 'latin1'),
    Buffer.alloc(OVER_ARCHIVE_BYTES),
  ];
  return { good, bad };
}

import type { OpenFile } from '@inference/disk';
import type { ByteRange, Take } from './file-store.ts';

/** Bytes per read. */
const READ_BYTES = 256 * 1024;

/**
 * Hands an open file, or a range of it, to `take`. Two buffers take turns, one being filled while the other is taken: a stream makes a
 * new one for every read, and a fast download fills the memory with them before they are collected.
 */
export async function readFile(file: OpenFile, take: Take, range?: ByteRange): Promise<void> {
  const [even, odd] = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];
  const end = range?.end ?? (await file.bytes()) - 1;
  let taking = Promise.resolve(true);
  try {
    for (let at = range?.start ?? 0, turn = even; at <= end; turn = turn === even ? odd : even) {
      const bytesRead = await file.read(turn.subarray(0, Math.min(READ_BYTES, end - at + 1)), at);
      if (bytesRead === 0) throw new Error('A stored file is shorter than it was.');
      if (!(await taking)) return;
      taking = take(turn.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await taking;
  }
}

import type { FileHandle } from 'node:fs/promises';
import { InputError } from './input-error.ts';

/** A file is read in pieces of so many bytes. */
const PIECE_BYTES = 64 * 1024;

/** The content of an open file, piece by piece, in buffers that the taker may keep. Closes it. Throws InputError. */
export async function* piecesOfFile(file: FileHandle, path: string, onContent: (bytes: number) => void): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES).catch((error: Error) => {
        throw new InputError(`${path} cannot be read: ${error.message}`);
      });
      if (bytesRead === 0) return;
      onContent(bytesRead);
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

import { crc32 } from 'node:zlib';
import { METHOD_STORED } from './check-entry.ts';
import type { PackedSizes } from './pack-file.ts';
import { ZipWriter } from './zip-writer.ts';

/** A file to be, whose content comes in pieces. */
export type FileToZip = { readonly name: string; readonly content: AsyncIterable<Buffer> };

/** The same files make the same zip, byte for byte, whenever they are sent: so it has no time of its own. */
const CHANGED = new Date(Date.UTC(1980, 0, 1));

/** Packs files one after the other as they come, stored. Their names are not checked here: check the zip as one of a stranger. */
export async function* zipFiles(files: AsyncIterable<FileToZip>): AsyncGenerator<Buffer> {
  const writer = new ZipWriter();
  for await (const { name, content } of files) {
    // How long it will be is not known yet, so its sizes get 64 bits.
    const entry = { name, changed: CHANGED, bytes: Number.MAX_SAFE_INTEGER, method: METHOD_STORED };
    yield* writer.addStreamed(entry, measured(content));
  }
  yield* writer.finish();
}

async function* measured(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, PackedSizes> {
  let contentBytes = 0;
  let checksum = 0;
  for await (const piece of content) {
    contentBytes += piece.length;
    checksum = crc32(piece, checksum);
    yield piece;
  }
  return { crc32: checksum, contentBytes, compressedBytes: contentBytes };
}

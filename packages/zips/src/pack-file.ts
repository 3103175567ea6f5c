import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { createDeflateRaw, crc32, deflateRaw } from 'node:zlib';
import { asRefusal, changed, type OutputEntry } from './list-output.ts';

const openFile = promisify(open);
const statFile = promisify(fstat);
const closeFile = promisify(close);
const readFile = promisify(read);
const deflate = promisify(deflateRaw);

/** Up to this size a file is read and packed in one piece, in bytes. */
export const SMALL_OUTPUT_BYTES_MAX = 64 * 1024;
/** Smaller files are stored: deflate would make them larger or save nothing. */
const DEFLATE_BYTES_MIN = 64;
/** Level 1 packs about 1.4 times as fast as level 6 for little more size. */
const LEVEL = 1;
const PIECE_BYTES = 256 * 1024;

const STORED = 0;
const DEFLATED = 8;
// What is packed already: deflate would only cost time.
const PACKED = /\.(zip|gz|tgz|bz2|xz|zst|lz4|7z|rar|br|png|jpe?g|jp2|webp|gif|avif|heic|mp[34]|m4[av]|mkv|webm|avi|mov|ogg|flac|npz|docx|xlsx|pptx|whl|jar|parquet|safetensors|onnx|pt|pth)$/i;

/** How a file is written to the zip: 0 stored, 8 deflate. */
export function methodFor(entry: OutputEntry): 0 | 8 {
  return entry.isFolder || entry.bytes < DEFLATE_BYTES_MIN || PACKED.test(entry.name) ? STORED : DEFLATED;
}

/** Opens a file of the output, which must still be the regular file that was listed. */
export async function openOutput(entry: OutputEntry): Promise<number> {
  try {
    const fd = await openFile(entry.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
    if ((await statFile(fd)).isFile()) return fd;
    await closeFile(fd);
  } catch (error) {
    throw asRefusal(error, entry.name);
  }
  throw changed(entry.name);
}

/** A small file, packed. */
export type PackedFile = { readonly packed: Buffer; readonly method: 0 | 8; readonly crc32: number; readonly contentBytes: number };

/** Reads and packs a small file; never more than the size that was listed. */
export async function packSmall(entry: OutputEntry): Promise<PackedFile> {
  const fd = await openOutput(entry);
  try {
    const content = Buffer.allocUnsafe(entry.bytes);
    const contentBytes = await fill(fd, content);
    const whole = content.subarray(0, contentBytes);
    const method = methodFor(entry);
    const packed = method === STORED ? whole : await deflate(whole, { level: LEVEL });
    return { packed, method, crc32: crc32(whole), contentBytes };
  } finally {
    await closeFile(fd);
  }
}

/** Gives a large file's packed content piece by piece, and returns its checksum and sizes; never more than the size that was listed. */
export async function* packLarge(entry: OutputEntry): AsyncGenerator<Buffer, { crc32: number; contentBytes: number; compressedBytes: number }> {
  const fd = await openOutput(entry);
  const state = { crc32: 0, contentBytes: 0, compressedBytes: 0 };
  const pieces = piecesOf(fd, entry, state);
  try {
    const packed = methodFor(entry) === STORED ? pieces : pieces.pipeThroughDeflate;
    for await (const piece of packed) {
      state.compressedBytes += piece.length;
      yield piece;
    }
    return state;
  } finally {
    await closeFile(fd);
  }
}

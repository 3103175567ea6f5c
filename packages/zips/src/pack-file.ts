import { close, constants, fstat, open, read } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, deflateRaw, deflateRawSync } from 'node:zlib';
import { asRefusal, changed, type OutputEntry } from './list-output.ts';

const openFile = promisify(open);
const statFile = promisify(fstat);
const closeFile = promisify(close);
const readFile = promisify(read);
const deflate = promisify(deflateRaw);

/** Up to this size a file is read and packed in one piece, in bytes. */
export const SMALL_OUTPUT_BYTES_MAX = 64 * 1024;
/** Up to this size packing takes less than half a millisecond, in bytes. */
const TINY_BYTES_MAX = 16 * 1024;
/** Smaller files are stored: deflate would make them larger or save nothing. */
const DEFLATE_BYTES_MIN = 64;
/** Level 1 packs about 1.4 times as fast as level 6 for little more size. */
const LEVEL = 1;
/** How much is read at once, in bytes. Larger buffers come fresh from the kernel each time, which costs more than it saves. */
const PIECE_BYTES = 64 * 1024;

const STORED = 0;
const DEFLATED = 8;
// What is packed already: deflate would only cost time.
const PACKED =
  /\.(zip|gz|tgz|bz2|xz|zst|lz4|7z|rar|br|png|jpe?g|jp2|webp|gif|avif|heic|mp[34]|m4[av]|mkv|webm|avi|mov|ogg|flac|npz|docx|xlsx|pptx|whl|jar|parquet|safetensors|onnx|pt|pth)$/i;

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
    const packed = method === STORED ? whole : await deflateWhole(whole);
    return { packed, method, crc32: crc32(whole), contentBytes };
  } finally {
    await closeFile(fd);
  }
}

/** Tiny files are packed at once: handing one to another thread takes longer than packing it. */
function deflateWhole(content: Buffer): Promise<Buffer> | Buffer {
  const options = { level: LEVEL, chunkSize: content.length + DEFLATE_BYTES_MIN };
  return content.length <= TINY_BYTES_MAX ? deflateRawSync(content, options) : deflate(content, options);
}

/** What is known of a large file once all of it has been given. */
export type PackedSizes = { readonly crc32: number; readonly contentBytes: number; readonly compressedBytes: number };

/** Gives a large file's packed content piece by piece, then its checksum and sizes; never more than the size that was listed. */
export async function* packLarge(entry: OutputEntry): AsyncGenerator<Buffer, PackedSizes> {
  const read = { crc32: 0, contentBytes: 0 };
  let compressedBytes = 0;
  const pieces = piecesOf(entry, read);
  for await (const piece of methodFor(entry) === STORED ? pieces : deflated(pieces)) {
    compressedBytes += piece.length;
    yield piece;
  }
  return { ...read, compressedBytes };
}

/** The content of a file, in pieces that the taker may keep. It owns the descriptor, so that none is closed under a read. */
async function* piecesOf(entry: OutputEntry, read: { crc32: number; contentBytes: number }): AsyncGenerator<Buffer> {
  const fd = await openOutput(entry);
  try {
    while (read.contentBytes < entry.bytes) {
      const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, entry.bytes - read.contentBytes));
      const filled = piece.subarray(0, await fill(fd, piece));
      if (filled.length === 0) return;
      read.crc32 = crc32(filled, read.crc32);
      read.contentBytes += filled.length;
      yield filled;
    }
  } finally {
    await closeFile(fd);
  }
}

function deflated(pieces: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  const deflater = createDeflateRaw({ level: LEVEL, chunkSize: PIECE_BYTES });
  // Whoever reads the deflater meets the error of either end; leaving it early ends both.
  pipeline(Readable.from(pieces, { highWaterMark: 1 }), deflater).catch(() => {});
  return deflater;
}

/** Reads on from where the file stands until `target` is full or the file ends; returns how many bytes were read. */
async function fill(fd: number, target: Buffer): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await readFile(fd, target, done, target.length - done, null);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

import { crc32, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { METHOD_STORED } from './check-entry.ts';
import { quoteName } from './quote-name.ts';
import type { ZipEntry } from './read-directory.ts';
import { WINDOW_BYTES, type ZipBytes } from './zip-bytes.ts';
import { ZipRefusal } from './zip-refusal.ts';

/** Up to so many bytes, packed and unpacked, an entry is handled in one piece and without a stream. */
export const SMALL_BYTES_MAX = 64 * 1024;
/** What inflate gives at once for larger entries, in bytes. */
const INFLATED_CHUNK_BYTES = 256 * 1024;

/** Whether an entry is handled in one piece. */
export function isSmall(entry: ZipEntry): boolean {
  return entry.compressedBytes <= SMALL_BYTES_MAX && entry.contentBytes <= SMALL_BYTES_MAX;
}

/** The whole content of a small entry, checked against its size and checksum. A stored one is a slice of the window: copy it to keep it. */
export async function readSmall(bytes: ZipBytes, entry: ZipEntry, contentAt: number): Promise<Buffer> {
  const packed = bytes.view(contentAt, entry.compressedBytes) ?? (await bytes.load(contentAt, entry.compressedBytes));
  const content = entry.method === METHOD_STORED ? packed : inflateSmall(packed, entry);
  if (content.length !== entry.contentBytes) throw wrongSize(entry);
  if (crc32(content) !== entry.crc32) throw wrongChecksum(entry);
  return content;
}

/** Gives the content of an entry piece by piece to `take`, and checks its size and checksum at the end. A piece is valid during the call only. */
export async function streamContent(
  bytes: ZipBytes,
  entry: ZipEntry,
  options: { contentAt: number; take: (piece: Buffer) => void | Promise<void> },
): Promise<void> {
  let contentBytes = 0;
  let checksum = 0;
  const take = (piece: Buffer): void | Promise<void> => {
    contentBytes += piece.length;
    if (contentBytes > entry.contentBytes) throw wrongSize(entry);
    checksum = crc32(piece, checksum);
    return options.take(piece);
  };
  if (entry.method === METHOD_STORED) {
    for await (const piece of pieces(bytes, entry, options.contentAt)) await take(piece);
  } else {
    await inflateLarge(bytes, entry, { contentAt: options.contentAt, take });
  }
  if (contentBytes !== entry.contentBytes) throw wrongSize(entry);
  if (checksum !== entry.crc32) throw wrongChecksum(entry);
}

async function* pieces(bytes: ZipBytes, entry: ZipEntry, contentAt: number): AsyncGenerator<Buffer> {
  const end = contentAt + entry.compressedBytes;
  for (let at = contentAt; at < end; ) {
    const length = Math.min(WINDOW_BYTES, end - at);
    yield bytes.view(at, length) ?? (await bytes.load(at, length));
    at += length;
  }
}

function inflateSmall(packed: Buffer, entry: ZipEntry): Buffer {
  // One byte more than declared: enough to see that the size is a lie, never enough to be hurt by it.
  const roomBytes = entry.contentBytes + 1;
  try {
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      maxOutputLength: roomBytes,
      chunkSize: Math.max(64, roomBytes),
    }) as unknown as {
      buffer: Buffer;
      engine: InflateRaw;
    };
    if (engine.bytesWritten !== packed.length) throw dataAfterEnd(entry);
    return buffer;
  } catch (error) {
    throw asRefusal(error, entry);
  }
}

async function inflateLarge(
  bytes: ZipBytes,
  entry: ZipEntry,
  options: { contentAt: number; take: (piece: Buffer) => void | Promise<void> },
): Promise<void> {
  const inflate = createInflateRaw({ chunkSize: INFLATED_CHUNK_BYTES });
  // After an error zlib never calls back for the piece in work: without this the feeding would wait for ever.
  let stopFeeding: (error: Error) => void = () => {};
  inflate.once('close', () => stopFeeding(new Error('inflate was closed')));
  const feed = async () => {
    let fedBytes = 0;
    for await (const piece of pieces(bytes, entry, options.contentAt)) {
      // The callback comes when the piece is used up, so the window may move on.
      await new Promise<void>((resolve, reject) => {
        stopFeeding = reject;
        inflate.write(piece, (error) => (error ? reject(error) : resolve()));
      });
      fedBytes += piece.length;
      if (inflate.bytesWritten !== fedBytes) throw dataAfterEnd(entry);
    }
    inflate.end();
  };
  const drain = async () => {
    for await (const piece of inflate) await options.take(piece);
  };
  const fed = feed();
  const drained = drain();
  try {
    await Promise.all([fed, drained]);
  } catch (error) {
    inflate.destroy();
    // Both must have ended before the window and the file may be used for something else. Each may have failed because of the other.
    const ends = await Promise.allSettled([drained, fed]);
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [asRefusal(end.reason, entry)] : []));
    throw reasons.find((reason) => reason instanceof ZipRefusal) ?? error;
  }
}

function asRefusal(error: unknown, entry: ZipEntry): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return wrongSize(entry);
  const isZlib = typeof error.code === 'string' && error.code.startsWith('Z_');
  return isZlib ? new ZipRefusal('zip_bad_data', `The compressed data of the entry ${quoteName(entry.name)} is broken.`) : error;
}

function dataAfterEnd(entry: ZipEntry): ZipRefusal {
  return new ZipRefusal('zip_bad_data', `The entry ${quoteName(entry.name)} has data after the end of its compressed stream.`);
}

function wrongSize(entry: ZipEntry): ZipRefusal {
  return new ZipRefusal(
    'zip_size_mismatch',
    `The entry ${quoteName(entry.name)} has another size than the ${entry.contentBytes} bytes it declares.`,
  );
}

function wrongChecksum(entry: ZipEntry): ZipRefusal {
  return new ZipRefusal('zip_crc_mismatch', `The content of the entry ${quoteName(entry.name)} does not match its checksum.`);
}

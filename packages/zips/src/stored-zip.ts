import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import { METHOD_STORED } from './check-entry.ts';

/** A zip that lies somewhere, and how its bytes are read: `start` to `end`, both included. */
export type ZipSource = { readonly bytes: number; read(start: number, end: number): AsyncIterable<Buffer> };

/** One entry, as the directory has it. */
export type StoredEntry = { readonly path: string; readonly bytes: number; readonly isFolder: boolean; readonly crc32: number };

/** Shows each entry of a stored zip to `see`, until that answers false. Rejects when the zip cannot be read. */
export async function listStoredZip(source: ZipSource, see: (entry: StoredEntry) => boolean): Promise<void> {
  await walk(source, (entry) => (see(describe(entry)) ? null : 'stop'));
}

/** Finds an entry by its path, a file only; `open` gives its content. Null where there is none. */
export async function findInStoredZip(source: ZipSource, path: string): Promise<(StoredEntry & { open(): AsyncIterable<Buffer> }) | null> {
  const found = await walk(source, (entry) => (entry.fileName === path && !path.endsWith('/') ? entry : null));
  if (found === null || found === 'stop') return null;
  return { ...describe(found), open: () => contentOf(source, found) };
}

function describe(entry: Entry): StoredEntry {
  const { fileName: path, uncompressedSize: bytes } = entry;
  return { path, bytes, isFolder: path.endsWith('/'), crc32: entry.crc32 };
}

type Found = Entry | 'stop' | null;

/** Reads the directory entry by entry, until `judge` has found what it looks for. */
async function walk(source: ZipSource, judge: (entry: Entry) => Found): Promise<Found> {
  const zip = await openZip(source);
  return await new Promise<Found>((resolve, reject) => {
    zip.once('error', reject);
    zip.once('end', () => resolve(null));
    zip.on('entry', (entry: Entry) => {
      const found = judge(entry);
      if (found === null) zip.readEntry();
      else resolve(found);
    });
    zip.readEntry();
  }).finally(() => zip.close());
}

function openZip(source: ZipSource): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true };
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(new SourceReader(source), source.bytes, options, (error, zip) =>
      error === null ? resolve(zip) : reject(error),
    );
  });
}

class SourceReader extends RandomAccessReader {
  readonly #source: ZipSource;

  constructor(source: ZipSource) {
    super();
    this.#source = source;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#source.read(start, end - 1), { objectMode: false });
  }
}

const HEADER_BYTES = 30;

/** The content of an entry, held against its size and checksum: what follows a wrong one is an error, never a silent end. */
async function* contentOf(source: ZipSource, entry: Entry): AsyncGenerator<Buffer> {
  const headerAt = entry.relativeOffsetOfLocalHeader;
  const header = await readWhole(source, headerAt, headerAt + HEADER_BYTES - 1);
  const contentAt = headerAt + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = entry.compressedSize === 0 ? [] : source.read(contentAt, contentAt + entry.compressedSize - 1);
  let bytes = 0;
  let checksum = 0;
  for await (const piece of entry.compressionMethod === METHOD_STORED ? packed : inflated(packed)) {
    bytes += piece.length;
    if (bytes > entry.uncompressedSize) break;
    checksum = crc32(piece, checksum);
    yield piece;
  }
  if (bytes !== entry.uncompressedSize || checksum !== entry.crc32) throw new Error('an entry of a stored zip is damaged');
}

function inflated(packed: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const inflater = createInflateRaw();
  // Whoever reads the inflater meets the error of either end; leaving it early ends both.
  pipeline(Readable.from(packed, { objectMode: false }), inflater).catch(() => {});
  return inflater;
}

async function readWhole(source: ZipSource, start: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of source.read(start, end)) pieces.push(piece);
  return Buffer.concat(pieces);
}

import type { ZipLimits } from '@inference/domain';
import { type Entry, RandomAccessReader, ZipFile } from 'yauzl';
import { checkEntry, checkSizes } from './check-entry.ts';
import { checkName, decodeName } from './entry-name.ts';
import { NameTree } from './name-tree.ts';
import type { EndRecord } from './read-end-record.ts';
import type { ZipBytes } from './zip-bytes.ts';
import { ZipRefusal } from './zip-refusal.ts';

/** One entry, as the central directory declares it. */
export type ZipEntry = {
  readonly name: string;
  /** Where the bytes of its name lie in `Directory.bytes`. */
  readonly rawNameAt: number;
  readonly rawNameBytes: number;
  readonly isFolder: boolean;
  readonly flags: number;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly contentBytes: number;
  /** Where its local header lies. */
  readonly headerAt: number;
};

/** All entries in the order of their place in the file, each by itself within the rules, their content in bytes, and the raw directory. */
export type Directory = { readonly entries: readonly ZipEntry[]; readonly contentBytes: number; readonly bytes: Buffer };

const RECORD_BYTES = 46;
const RECORD_SIGNATURE = 0x02014b50;
const ZIP64_ID = 0x0001;
const ONES_16 = 0xffff;
const ONES_32 = 0xffffffff;

/** Reads the central directory with yauzl, and holds every entry against the rules and limits that need no look at its content. */
export async function readDirectory(bytes: ZipBytes, end: EndRecord, limits: ZipLimits): Promise<Directory> {
  const directory = await fetchDirectory(bytes, end);
  const zip = new OpenDirectory(directory, end, bytes.size);
  const names = new NameTree(limits.entriesMax);
  const entries: ZipEntry[] = [];
  let contentBytes = 0;
  let compressedBytes = 0;
  for (let index = 0; index < end.entries; index++) {
    const recordAt = zip.at;
    const raw = zip.next();
    checkEntry(raw);
    const entry = toEntry(raw, recordAt);
    checkName(entry.name, limits);
    names.add(entry.name);
    checkSizes(entry);
    contentBytes += entry.contentBytes;
    compressedBytes += entry.compressedBytes;
    if (contentBytes > limits.contentBytesMax) {
      throw new ZipRefusal(
        'zip_content_too_large',
        `The content of the zip is larger than the ${limits.contentBytesMax} bytes that are allowed.`,
      );
    }
    entries.push(entry);
  }
  if (zip.at !== directory.length) {
    throw new ZipRefusal('zip_count_mismatch', `The zip declares ${end.entries} entries, but its directory goes on after them.`);
  }
  if (compressedBytes > end.directoryAt)
    throw new ZipRefusal('zip_overlap', 'Entries of the zip overlap: together they are larger than it.');
  entries.sort((a, b) => a.headerAt - b.headerAt);
  return { entries, contentBytes, bytes: directory };
}

async function fetchDirectory(bytes: ZipBytes, end: EndRecord): Promise<Buffer> {
  const near = bytes.view(end.directoryAt, end.directoryBytes);
  // A copy: the window moves on while names of the directory are still needed.
  if (near !== null) return Buffer.from(near);
  const directory = Buffer.allocUnsafeSlow(end.directoryBytes);
  await bytes.readInto(directory, end.directoryAt);
  return directory;
}

/** Lets yauzl read a directory that lies in memory, one entry a call. */
class OpenDirectory {
  at = 0;
  readonly #directory: Buffer;
  readonly #zip: ZipFile;
  #entry: Entry | null = null;
  #error: Error | null = null;

  constructor(directory: Buffer, end: EndRecord, fileBytes: number) {
    this.#directory = directory;
    const reader = new MemoryReader(directory, end.directoryAt);
    const [autoClose, lazyEntries, decodeStrings, validateSizes] = [false, true, false, false];
    this.#zip = new ZipFile(reader, end.directoryAt, fileBytes, end.entries, '', autoClose, lazyEntries, decodeStrings, validateSizes);
    this.#zip.on('entry', (entry: Entry) => {
      this.#entry = entry;
    });
    this.#zip.on('error', (error: Error) => {
      this.#error = error;
    });
  }

  next(): Entry {
    const left = this.#directory.length - this.at;
    if (left === 0) throw new ZipRefusal('zip_count_mismatch', 'The zip declares more entries than it has.');
    if (left < RECORD_BYTES || this.#directory.readUInt32LE(this.at) !== RECORD_SIGNATURE) throw badDirectory();
    const disk = this.#directory.readUInt16LE(this.at + 34);
    if (disk !== 0 && disk !== ONES_16) throw multiDisk();
    if (this.#directory.readUInt16LE(this.at + 28) === 0) throw new ZipRefusal('zip_bad_name', 'An entry of the zip has an empty name.');
    this.#entry = null;
    // The reader answers at once, so yauzl has emitted the entry or an error when this returns.
    this.#zip.readEntry();
    if (this.#error !== null) throw asRefusal(this.#error);
    if (this.#entry === null) throw badDirectory();
    const entry = this.#entry as Entry;
    if (disk === ONES_16) this.#checkWideDisk(entry);
    this.at += RECORD_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    return entry;
  }

  /** A disk number of all ones stands for the one in the 64-bit field, behind the sizes and the offset that stand there too. */
  #checkWideDisk(entry: Entry): void {
    const wide = [20, 24, 42].filter((field) => this.#directory.readUInt32LE(this.at + field) === ONES_32).length;
    const data = entry.extraFields.find((extra) => extra.id === ZIP64_ID)?.data;
    if (data === undefined || data.length < 8 * wide + 4) throw badZip64();
    if (data.readUInt32LE(8 * wide) !== 0) throw multiDisk();
  }
}

function multiDisk(): ZipRefusal {
  return new ZipRefusal('zip_multi_disk', 'The zip is split over several files.');
}

class MemoryReader extends RandomAccessReader {
  readonly #bytes: Buffer;
  readonly #start: number;

  constructor(bytes: Buffer, start: number) {
    super();
    this.#bytes = bytes;
    this.#start = start;
  }

  override read(target: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    const from = position - this.#start;
    if (from + length > this.#bytes.length) {
      callback(new Error('beyond the end of the directory'));
      return;
    }
    this.#bytes.copy(target, offset, from, from + length);
    callback(null);
  }
}

/** yauzl tells errors apart by their text only. */
function asRefusal(error: Error): ZipRefusal {
  if (/encryption/.test(error.message)) return new ZipRefusal('zip_encrypted', 'The zip is encrypted.');
  if (/zip64/.test(error.message)) return badZip64();
  return badDirectory();
}

function badZip64(): ZipRefusal {
  return new ZipRefusal('zip_bad_zip64', 'A 64-bit field of an entry is missing or cut short.');
}

function badDirectory(): ZipRefusal {
  return new ZipRefusal('zip_bad_directory', 'The directory of the zip is broken.');
}

function toEntry(raw: Entry, recordAt: number): ZipEntry {
  const name = decodeName(raw.fileNameRaw, raw.generalPurposeBitFlag, raw.extraFields);
  return {
    name,
    rawNameAt: recordAt + RECORD_BYTES,
    rawNameBytes: raw.fileNameLength,
    isFolder: name.endsWith('/'),
    flags: raw.generalPurposeBitFlag,
    method: raw.compressionMethod,
    crc32: raw.crc32,
    compressedBytes: raw.compressedSize,
    contentBytes: raw.uncompressedSize,
    headerAt: raw.relativeOffsetOfLocalHeader,
  };
}

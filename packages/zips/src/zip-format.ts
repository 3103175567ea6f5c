const LOCAL_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const RECORD_SIGNATURE = 0x02014b50;
const RECORD64_SIGNATURE = 0x06064b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const END_SIGNATURE = 0x06054b50;
const ZIP64_ID = 0x0001;
const ONES_16 = 0xffff;
const ONES_32 = 0xffffffff;
const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
/** Made by: Unix, so that readers take the modes below. */
const MADE_BY_UNIX = 3 << 8;
const FILE_MODE = 0o100644;
const FOLDER_MODE = 0o040755;

/** What the headers of an entry say. */
export type EntryFields = {
  /** Ends in a slash for a folder. */
  readonly name: string;
  /** When it was last changed; DOS time, two seconds exact, UTC. */
  readonly changed: Date;
  /** 0 stored, 8 deflate. */
  readonly method: number;
  /** Size and checksum follow the content in a data descriptor. */
  readonly isStreamed: boolean;
  /** The content may reach 4 GiB, so sizes are written in 64 bits. */
  readonly isHuge: boolean;
};

/** What is known of an entry once its content has been read. */
export type EntrySizes = { readonly crc32: number; readonly compressedBytes: number; readonly contentBytes: number };

/** The local header. A streamed entry's sizes are not in it; pass what is known otherwise. */
export function localHeader(entry: EntryFields, sizes: EntrySizes): Buffer {
  const name = Buffer.from(entry.name);
  const extra = entry.isHuge ? zip64Extra([0, 0]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  writeCommon(header, 4, entry);
  header.writeUInt32LE(entry.isStreamed ? 0 : sizes.crc32, 14);
  const short = (size: number) => (entry.isHuge ? ONES_32 : entry.isStreamed ? 0 : size);
  header.writeUInt32LE(short(sizes.compressedBytes), 18);
  header.writeUInt32LE(short(sizes.contentBytes), 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

/** What follows the content of a streamed entry. */
export function dataDescriptor(entry: EntryFields, sizes: EntrySizes): Buffer {
  const descriptor = Buffer.alloc(entry.isHuge ? 24 : 16);
  descriptor.writeUInt32LE(DESCRIPTOR_SIGNATURE, 0);
  descriptor.writeUInt32LE(sizes.crc32, 4);
  if (entry.isHuge) {
    descriptor.writeBigUInt64LE(BigInt(sizes.compressedBytes), 8);
    descriptor.writeBigUInt64LE(BigInt(sizes.contentBytes), 16);
  } else {
    descriptor.writeUInt32LE(sizes.compressedBytes, 8);
    descriptor.writeUInt32LE(sizes.contentBytes, 12);
  }
  return descriptor;
}

/** The entry's record in the central directory. */
export function directoryRecord(entry: EntryFields, sizes: EntrySizes, headerAt: number): Buffer {
  const name = Buffer.from(entry.name);
  const values = [sizes.contentBytes, sizes.compressedBytes, headerAt];
  const long = values.filter((value) => value >= ONES_32);
  const extra = long.length > 0 ? zip64Extra(long) : Buffer.alloc(0);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(RECORD_SIGNATURE, 0);
  record.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 4);
  writeCommon(record, 6, { ...entry, isHuge: entry.isHuge || long.length > 0 });
  record.writeUInt32LE(sizes.crc32, 16);
  record.writeUInt32LE(Math.min(sizes.compressedBytes, ONES_32), 20);
  record.writeUInt32LE(Math.min(sizes.contentBytes, ONES_32), 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt16LE(entry.name.endsWith('/') ? FOLDER_MODE : FILE_MODE, 40);
  record.writeUInt32LE(Math.min(headerAt, ONES_32), 42);
  return Buffer.concat([record, name, extra]);
}

/** What ends a zip: the end record, and its 64-bit twin before it where a field needs one. */
export function endRecords(entries: number, directoryBytes: number, directoryAt: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(Math.min(entries, ONES_16), 8);
  end.writeUInt16LE(Math.min(entries, ONES_16), 10);
  end.writeUInt32LE(Math.min(directoryBytes, ONES_32), 12);
  end.writeUInt32LE(Math.min(directoryAt, ONES_32), 16);
  if (entries < ONES_16 && directoryBytes < ONES_32 && directoryAt < ONES_32) return end;
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(RECORD64_SIGNATURE, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(MADE_BY_UNIX | VERSION_ZIP64, 12);
  end64.writeUInt16LE(VERSION_ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(entries), 24);
  end64.writeBigUInt64LE(BigInt(entries), 32);
  end64.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end64.writeBigUInt64LE(BigInt(directoryAt), 48);
  end64.writeUInt32LE(LOCATOR_SIGNATURE, 56);
  end64.writeBigUInt64LE(BigInt(directoryAt + directoryBytes), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

/** Version needed, flags, method and time: the same ten bytes in both headers. */
function writeCommon(target: Buffer, at: number, entry: EntryFields): void {
  const isAscii = Buffer.byteLength(entry.name) === entry.name.length;
  target.writeUInt16LE(entry.isHuge ? VERSION_ZIP64 : VERSION_PLAIN, at);
  target.writeUInt16LE((entry.isStreamed ? FLAG_DESCRIPTOR : 0) | (isAscii ? 0 : FLAG_UTF8), at + 2);
  target.writeUInt16LE(entry.method, at + 4);
  target.writeUInt32LE(dosTime(entry.changed), at + 6);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(ZIP64_ID, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

/** Years that the format cannot hold (a model can set any time) become its first or last one. */
function dosTime(time: Date): number {
  const year = time.getUTCFullYear();
  if (!(year >= 1980)) return (1 << 21) | (1 << 16);
  const date = (Math.min(year, 2107) - 1980) * 512 + (time.getUTCMonth() + 1) * 32 + time.getUTCDate();
  return date * 65536 + time.getUTCHours() * 2048 + time.getUTCMinutes() * 32 + (time.getUTCSeconds() >> 1);
}

import { crc32, deflateRawSync } from 'node:zlib';

/** The fields of a local header or directory record that a test may set to anything. */
export type HeaderFields = {
  signature: number;
  flags: number;
  method: number;
  versionNeeded: number;
  time: number;
  crc32: number;
  compressedBytes: number;
  contentBytes: number;
  name: Buffer;
  extra: Buffer;
};

/** An entry to build. What is not given is made right. */
export type BuiltEntry = {
  name: string | Buffer;
  content?: string | Buffer;
  method?: number;
  flags?: number;
  /** The packed bytes, instead of the content's own. */
  packed?: Buffer;
  extra?: Buffer;
  comment?: string;
  /** Maker in the upper byte; 3 is Unix. */
  madeBy?: number;
  /** Unix mode, for the upper half of the external attributes. */
  mode?: number;
  externalAttributes?: number;
  disk?: number;
  /** Bytes to put before the local header. */
  before?: Buffer;
  local?: Partial<HeaderFields>;
  central?: Partial<HeaderFields>;
  /** The place in the directory, instead of the true one. */
  headerAt?: (trueAt: number) => number;
  /** Sets bit 3 and writes a descriptor of this many bytes, or the given bytes. */
  descriptor?: 12 | 16 | 20 | 24 | Buffer;
};

/** What a test may set around the entries. */
export type BuiltEnd = {
  prefix?: Buffer;
  /** Between the directory and the end records. */
  between?: Buffer;
  suffix?: Buffer;
  comment?: Buffer;
  commentBytes?: number;
  disk?: number;
  directoryDisk?: number;
  entries?: number;
  entriesHere?: number;
  directoryBytes?: number;
  directoryAt?: number;
  /** Writes the 64-bit records; fields override what is right in them. */
  zip64?: Partial<{
    entries: bigint;
    directoryBytes: bigint;
    directoryAt: bigint;
    size: bigint;
    recordAt: bigint;
    disk: number;
    disks: number;
  }>;
};

/** Builds a zip byte by byte, right by default and wrong wherever a test says so. */
export function buildZip(entries: readonly BuiltEntry[], end: BuiltEnd = {}): Buffer {
  const parts: Buffer[] = [end.prefix ?? Buffer.alloc(0)];
  const records: Buffer[] = [];
  let at = parts[0]?.length ?? 0;
  for (const entry of entries) {
    const before = entry.before ?? Buffer.alloc(0);
    const headerAt = at + before.length;
    const { local, record } = buildEntry(entry, entry.headerAt?.(headerAt) ?? headerAt);
    parts.push(before, local);
    records.push(record);
    at = headerAt + local.length;
  }
  const directory = Buffer.concat(records);
  return Buffer.concat([
    ...parts,
    directory,
    end.between ?? Buffer.alloc(0),
    buildEnd(end, { entries: entries.length, at, bytes: directory.length }),
  ]);
}

/** One extra field. */
export function extraField(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}

/** The 64-bit extra field with the given values. */
export function zip64Field(...values: bigint[]): Buffer {
  const data = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) data.writeBigUInt64LE(value, 8 * index);
  return extraField(1, data);
}

/** The Unicode-path extra field: a second name for the entry whose first name is `name`. */
export function unicodePathField(name: string, second: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(crc32(name), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(second)]));
}

function buildEntry(entry: BuiltEntry, headerAt: number): { local: Buffer; record: Buffer } {
  const content = Buffer.from(entry.content ?? '');
  const method = entry.method ?? 0;
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const isLater = entry.descriptor !== undefined;
  const right: HeaderFields = {
    signature: 0,
    flags: (entry.flags ?? 0) | (isLater ? 8 : 0),
    method,
    versionNeeded: 20,
    time: 0x5a21_6000,
    crc32: crc32(content),
    compressedBytes: packed.length,
    contentBytes: content.length,
    name: Buffer.from(entry.name),
    extra: entry.extra ?? Buffer.alloc(0),
  };
  const unknown = isLater ? { crc32: 0, compressedBytes: 0, contentBytes: 0 } : {};
  const header = localHeader({ ...right, signature: 0x04034b50, ...unknown, ...entry.local });
  const local = Buffer.concat([header, packed, buildDescriptor(entry.descriptor, right)]);
  return { local, record: directoryRecord(entry, { ...right, signature: 0x02014b50, ...entry.central }, headerAt) };
}

function localHeader(fields: HeaderFields): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(fields.signature, 0);
  writeCommon(header, 4, fields);
  return Buffer.concat([header, fields.name, fields.extra]);
}

function directoryRecord(entry: BuiltEntry, fields: HeaderFields, headerAt: number): Buffer {
  const comment = Buffer.from(entry.comment ?? '');
  const record = Buffer.alloc(46);
  record.writeUInt32LE(fields.signature, 0);
  record.writeUInt16LE(entry.madeBy ?? (3 << 8) | 20, 4);
  writeCommon(record, 6, fields);
  record.writeUInt16LE(comment.length, 32);
  record.writeUInt16LE(entry.disk ?? 0, 34);
  record.writeUInt32LE(entry.externalAttributes ?? (entry.mode ?? 0o100644) * 65536, 38);
  record.writeUInt32LE(headerAt, 42);
  return Buffer.concat([record, fields.name, fields.extra, comment]);
}

function writeCommon(target: Buffer, at: number, fields: HeaderFields): void {
  target.writeUInt16LE(fields.versionNeeded, at);
  target.writeUInt16LE(fields.flags, at + 2);
  target.writeUInt16LE(fields.method, at + 4);
  target.writeUInt32LE(fields.time, at + 6);
  target.writeUInt32LE(fields.crc32, at + 10);
  target.writeUInt32LE(fields.compressedBytes, at + 14);
  target.writeUInt32LE(fields.contentBytes, at + 18);
  target.writeUInt16LE(fields.name.length, at + 22);
  target.writeUInt16LE(fields.extra.length, at + 24);
}

function buildDescriptor(kind: BuiltEntry['descriptor'], fields: HeaderFields): Buffer {
  if (kind === undefined || typeof kind === 'object') return kind ?? Buffer.alloc(0);
  const isWide = kind >= 20;
  const values = Buffer.alloc(isWide ? 20 : 12);
  values.writeUInt32LE(fields.crc32, 0);
  if (isWide) {
    values.writeBigUInt64LE(BigInt(fields.compressedBytes), 4);
    values.writeBigUInt64LE(BigInt(fields.contentBytes), 12);
  } else {
    values.writeUInt32LE(fields.compressedBytes, 4);
    values.writeUInt32LE(fields.contentBytes, 8);
  }
  return kind % 8 === 0 ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), values]) : values;
}

function buildEnd(end: BuiltEnd, directory: { entries: number; at: number; bytes: number }): Buffer {
  const comment = end.comment ?? Buffer.alloc(0);
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.directoryDisk ?? 0, 6);
  record.writeUInt16LE(end.entriesHere ?? end.entries ?? Math.min(directory.entries, 0xffff), 8);
  record.writeUInt16LE(end.entries ?? Math.min(directory.entries, 0xffff), 10);
  record.writeUInt32LE(end.directoryBytes ?? directory.bytes, 12);
  record.writeUInt32LE(end.directoryAt ?? directory.at, 16);
  record.writeUInt16LE(end.commentBytes ?? comment.length, 20);
  const end64 = end.zip64 === undefined ? Buffer.alloc(0) : buildEnd64(end.zip64, directory, end.between?.length ?? 0);
  return Buffer.concat([end64, record, comment, end.suffix ?? Buffer.alloc(0)]);
}

function buildEnd64(
  fields: NonNullable<BuiltEnd['zip64']>,
  directory: { entries: number; at: number; bytes: number },
  betweenBytes: number,
): Buffer {
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(fields.size ?? 44n, 4);
  record.writeUInt16LE(45, 14);
  record.writeUInt32LE(fields.disk ?? 0, 16);
  record.writeBigUInt64LE(fields.entries ?? BigInt(directory.entries), 24);
  record.writeBigUInt64LE(fields.entries ?? BigInt(directory.entries), 32);
  record.writeBigUInt64LE(fields.directoryBytes ?? BigInt(directory.bytes), 40);
  record.writeBigUInt64LE(fields.directoryAt ?? BigInt(directory.at), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(fields.recordAt ?? BigInt(directory.at + directory.bytes + betweenBytes), 64);
  record.writeUInt32LE(fields.disks ?? 1, 72);
  return record;
}

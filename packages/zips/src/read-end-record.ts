import type { ZipLimits } from '@inference/domain';
import { WINDOW_BYTES, type ZipBytes } from './zip-bytes.ts';
import { ZipRefusal } from './zip-refusal.ts';

const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');
const END_BYTES = 22;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const RECORD64_SIGNATURE = 0x06064b50;
const RECORD64_BYTES = 56;
/** Its length field is 16 bits wide. */
const COMMENT_BYTES_POSSIBLE = 0xffff;
/** The longest comment of a whole zip that is accepted, in bytes: room for a paragraph, too little to hide a file in. */
const COMMENT_BYTES_MAX = 4096;
/** The largest central directory, in bytes, also of an output; it is held in memory. 200,000 entries of a data set take about 40 MB. */
export const DIRECTORY_BYTES_MAX = 64 * 1024 * 1024;

/** Where the central directory lies, and how many entries it is said to have. */
export type EndRecord = { readonly entries: number; readonly directoryAt: number; readonly directoryBytes: number };

/** Finds the one end record of a zip (with its 64-bit twin) and holds it against the layout of the file. */
export async function readEndRecord(bytes: ZipBytes, limits: ZipLimits): Promise<EndRecord> {
  const tailBytes = Math.min(bytes.size, END_BYTES + COMMENT_BYTES_POSSIBLE + LOCATOR_BYTES + RECORD64_BYTES);
  const windowAt = Math.max(0, bytes.size - WINDOW_BYTES);
  const tailAt = bytes.size - tailBytes;
  const tail = (await bytes.load(windowAt, bytes.size - windowAt)).subarray(tailAt - windowAt);
  const endAt = findEnd(tail);
  if (endAt === null) throw await noEnd(bytes);
  const end = tail.subarray(endAt);
  const record32 = {
    disks: [end.readUInt16LE(4), end.readUInt16LE(6)],
    entriesHere: end.readUInt16LE(8),
    entries: end.readUInt16LE(10),
    directoryBytes: end.readUInt32LE(12),
    directoryAt: end.readUInt32LE(16),
  };
  const hasLocator = endAt >= LOCATOR_BYTES && tail.readUInt32LE(endAt - LOCATOR_BYTES) === LOCATOR_SIGNATURE;
  const record = hasLocator ? readRecord64(tail, tailAt, { endAt, record32 }) : { ...record32, endsAt: tailAt + endAt };
  if (record.disks.some((disk) => disk !== 0)) throw new ZipRefusal('zip_multi_disk', 'The zip is split over several files.');
  if (record.entriesHere !== record.entries) {
    throw new ZipRefusal('zip_count_mismatch', `The zip declares ${record.entriesHere} and ${record.entries} entries at once.`);
  }
  checkPlace(record, tail.subarray(Math.max(0, record.directoryAt + record.directoryBytes - tailAt), endAt));
  checkSize(record, limits);
  return { entries: record.entries, directoryAt: record.directoryAt, directoryBytes: record.directoryBytes };
}

/** The position of the end record in the tail; null when there is none. Refuses a tail that can be read in two ways. */
function findEnd(tail: Buffer): number | null {
  const last = tail.lastIndexOf(END_SIGNATURE);
  if (last < 0) return null;
  const restBytes = tail.length - last - END_BYTES;
  const commentBytes = restBytes < 0 ? -1 : tail.readUInt16LE(last + 20);
  for (let at = tail.indexOf(END_SIGNATURE); at < last && at >= 0; at = tail.indexOf(END_SIGNATURE, at + 1)) {
    if (at + END_BYTES <= tail.length && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) {
      throw new ZipRefusal('zip_bad_end', 'The zip has several end records.');
    }
  }
  if (commentBytes < 0 || commentBytes > restBytes) throw new ZipRefusal('zip_truncated', 'The zip is cut short in its end record.');
  if (commentBytes < restBytes) {
    throw new ZipRefusal('zip_extra_bytes', `The zip has ${restBytes - commentBytes} bytes after its end.`);
  }
  if (commentBytes > COMMENT_BYTES_MAX) {
    throw new ZipRefusal(
      'zip_extra_bytes',
      `The comment of the zip is ${commentBytes} bytes long; at most ${COMMENT_BYTES_MAX} are allowed.`,
    );
  }
  return last;
}

type Record32 = {
  readonly disks: readonly number[];
  readonly entriesHere: number;
  readonly entries: number;
  readonly directoryBytes: number;
  readonly directoryAt: number;
};

/** The 64-bit end record. It must lie directly before its locator, and agree with each 32-bit field that is not all ones. */
function readRecord64(tail: Buffer, tailAt: number, found: { endAt: number; record32: Record32 }): Record32 & { endsAt: number } {
  const locatorAt = found.endAt - LOCATOR_BYTES;
  const recordAt = locatorAt - RECORD64_BYTES;
  if (recordAt < 0 || tail.readUInt32LE(recordAt) !== RECORD64_SIGNATURE || tail.readBigUInt64LE(recordAt + 4) !== 44n) {
    throw bad64('its 64-bit end record is not where it must be');
  }
  if (tail.readBigUInt64LE(locatorAt + 8) !== BigInt(tailAt + recordAt)) throw bad64('its locator points somewhere else');
  if (tail.readUInt32LE(locatorAt + 4) !== 0 || tail.readUInt32LE(locatorAt + 16) !== 1) {
    throw new ZipRefusal('zip_multi_disk', 'The zip is split over several files.');
  }
  const field = (at: number, short: number, ones: number): number => {
    const value = tail.readBigUInt64LE(recordAt + at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad64('a field is larger than any file');
    if (short !== ones && BigInt(short) !== value) throw bad64('its two end records disagree');
    return Number(value);
  };
  const { record32 } = found;
  return {
    disks: [tail.readUInt32LE(recordAt + 16), tail.readUInt32LE(recordAt + 20), ...record32.disks.filter((disk) => disk !== 0xffff)],
    entriesHere: field(24, record32.entriesHere, 0xffff),
    entries: field(32, record32.entries, 0xffff),
    directoryBytes: field(40, record32.directoryBytes, 0xffffffff),
    directoryAt: field(48, record32.directoryAt, 0xffffffff),
    endsAt: tailAt + recordAt,
  };
}

function bad64(what: string): ZipRefusal {
  return new ZipRefusal('zip_bad_zip64', `The 64-bit fields of the zip are broken: ${what}.`);
}

/** The directory must end exactly where the end record begins; `between` is what lies there instead. */
function checkPlace(record: Record32 & { readonly endsAt: number }, between: Buffer): void {
  const directoryEnd = record.directoryAt + record.directoryBytes;
  if (directoryEnd === record.endsAt) return;
  if (directoryEnd > record.endsAt) throw new ZipRefusal('zip_bad_directory', "The zip's directory is not where its end record says.");
  if (between.indexOf(END_SIGNATURE) === 0) throw new ZipRefusal('zip_bad_end', 'The zip has several end records.');
  const extraBytes = record.endsAt - directoryEnd;
  throw new ZipRefusal(
    'zip_extra_bytes',
    `The zip has ${extraBytes} bytes that belong to nothing, before its first entry or after its directory.`,
  );
}

function checkSize(record: Record32, limits: ZipLimits): void {
  if (record.entries > limits.entriesMax) {
    throw new ZipRefusal('zip_too_many_entries', `The zip has ${record.entries} entries; at most ${limits.entriesMax} are allowed.`);
  }
  if (record.directoryBytes > DIRECTORY_BYTES_MAX) {
    throw new ZipRefusal(
      'zip_too_large',
      `The names and extra fields of the zip take ${record.directoryBytes} bytes; at most ${DIRECTORY_BYTES_MAX} are allowed.`,
    );
  }
  if (record.entries > 0) return;
  if (record.directoryBytes > 0) throw new ZipRefusal('zip_count_mismatch', 'The zip declares no entries but has a directory.');
  if (record.directoryAt > 0) throw new ZipRefusal('zip_count_mismatch', 'The zip declares no entries but has content.');
  throw new ZipRefusal('zip_no_entries', 'The zip has no entries.');
}

async function noEnd(bytes: ZipBytes): Promise<ZipRefusal> {
  const first = bytes.size < 4 ? 0 : (await bytes.load(0, 4)).readUInt32LE(0);
  if (first === 0x04034b50) return new ZipRefusal('zip_truncated', 'The zip is cut short: it has no end record.');
  if (first === 0x08074b50 || first === 0x30304b50) return new ZipRefusal('zip_multi_disk', 'The zip is split over several files.');
  return new ZipRefusal('zip_not_a_zip', 'The upload is not a zip.');
}

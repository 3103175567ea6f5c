import { parseExtraFields } from 'yauzl';
import { checkUnicodePath } from './entry-name.ts';
import { quoteName } from './quote-name.ts';
import type { ZipEntry } from './read-directory.ts';
import type { ZipBytes } from './zip-bytes.ts';
import { ZipRefusal } from './zip-refusal.ts';

const HEADER_BYTES = 30;
const HEADER_SIGNATURE = 0x04034b50;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
/** General purpose bit 3: sizes and checksum follow the content. */
const FLAG_DESCRIPTOR = 0x0008;
/** Without and with signature, with 32-bit and with 64-bit sizes. */
const DESCRIPTOR_BYTES = [12, 16, 20, 24];
const ZIP64_ID = 0x0001;
const ONES_32 = 0xffffffff;

/**
 * Holds an entry's local header (and the length of its data descriptor) against the directory, and says where its content begins.
 * `rawName` is its name there; `nextAt` is where the next entry or the directory begins: every byte up to there must belong to this entry.
 */
export async function locateContent(
  bytes: ZipBytes,
  entry: ZipEntry,
  expected: { readonly rawName: Buffer; readonly nextAt: number },
): Promise<number> {
  const { rawName, nextAt } = expected;
  if (entry.headerAt + HEADER_BYTES > nextAt) throw overlap(entry);
  const fixed = bytes.view(entry.headerAt, HEADER_BYTES) ?? (await bytes.load(entry.headerAt, HEADER_BYTES));
  if (fixed.readUInt32LE(0) !== HEADER_SIGNATURE) throw mismatch(entry, 'it has no local header');
  if (fixed.readUInt16LE(26) !== rawName.length) throw mismatch(entry, 'its names differ');
  const headerBytes = HEADER_BYTES + rawName.length + fixed.readUInt16LE(28);
  const contentAt = entry.headerAt + headerBytes;
  checkExtent(entry, contentAt + entry.compressedBytes, nextAt);
  const header = bytes.view(entry.headerAt, headerBytes) ?? (await bytes.load(entry.headerAt, headerBytes));
  checkHeader(entry, header, rawName);
  return contentAt;
}

/** Holds the data descriptor, the bytes from the end of the content up to `nextAt`, against the directory. */
export async function checkDescriptor(bytes: ZipBytes, entry: ZipEntry, place: { contentEnd: number; nextAt: number }): Promise<void> {
  const length = place.nextAt - place.contentEnd;
  if (length === 0) return;
  const whole = bytes.view(place.contentEnd, length) ?? (await bytes.load(place.contentEnd, length));
  const isSigned = length === 16 || length === 24;
  const fields = isSigned ? whole.subarray(4) : whole;
  const isWide = fields.length === 20;
  const compressedBytes = isWide ? Number(fields.readBigUInt64LE(4)) : fields.readUInt32LE(4);
  const contentBytes = isWide ? Number(fields.readBigUInt64LE(12)) : fields.readUInt32LE(8);
  const agrees =
    (!isSigned || whole.readUInt32LE(0) === DESCRIPTOR_SIGNATURE) &&
    fields.readUInt32LE(0) === entry.crc32 &&
    compressedBytes === entry.compressedBytes &&
    contentBytes === entry.contentBytes;
  if (!agrees) throw mismatch(entry, 'its data descriptor differs');
}

function checkExtent(entry: ZipEntry, contentEnd: number, nextAt: number): void {
  const gap = nextAt - contentEnd;
  if (gap < 0) throw overlap(entry);
  if ((entry.flags & FLAG_DESCRIPTOR) === 0) {
    if (gap === 0) return;
    throw new ZipRefusal('zip_extra_bytes', `The zip has ${gap} bytes after the entry ${quoteName(entry.name)} that belong to nothing.`);
  }
  if (!DESCRIPTOR_BYTES.includes(gap)) throw mismatch(entry, 'its data descriptor is missing or has a wrong length');
}

function checkHeader(entry: ZipEntry, header: Buffer, rawName: Buffer): void {
  if (!header.subarray(HEADER_BYTES, HEADER_BYTES + rawName.length).equals(rawName)) throw mismatch(entry, 'its names differ');
  if (header.readUInt16LE(6) !== entry.flags) throw mismatch(entry, 'its flags differ');
  if (header.readUInt16LE(8) !== entry.method) throw mismatch(entry, 'its methods differ');
  const extras = parseExtras(entry, header.subarray(HEADER_BYTES + rawName.length));
  checkUnicodePath(rawName, entry.name, extras);
  const sizes = readSizes(entry, header, extras.find((extra) => extra.id === ZIP64_ID)?.data ?? null);
  // With a data descriptor the sizes and the checksum may still be unknown here: zero.
  const isLater = (entry.flags & FLAG_DESCRIPTOR) !== 0;
  const agrees = (local: number, central: number) => local === central || (isLater && local === 0);
  if (!agrees(header.readUInt32LE(14), entry.crc32)) throw mismatch(entry, 'its checksums differ');
  if (!agrees(sizes.compressedBytes, entry.compressedBytes)) throw mismatch(entry, 'its compressed sizes differ');
  if (!agrees(sizes.contentBytes, entry.contentBytes)) throw mismatch(entry, 'its sizes differ');
}

function parseExtras(entry: ZipEntry, raw: Buffer): ReturnType<typeof parseExtraFields> {
  if (raw.length === 0) return [];
  try {
    return parseExtraFields(raw);
  } catch {
    throw mismatch(entry, 'its extra fields are cut short');
  }
}

/** The sizes in a local header. A 32-bit field of all ones stands for the next 64-bit one of the extra field. */
function readSizes(entry: ZipEntry, header: Buffer, zip64: Buffer | null): { compressedBytes: number; contentBytes: number } {
  let at = 0;
  const size = (short: number): number => {
    if (short !== ONES_32) return short;
    if (zip64 === null || zip64.length < at + 8) {
      throw new ZipRefusal('zip_bad_zip64', `A 64-bit field of the entry ${quoteName(entry.name)} is missing.`);
    }
    at += 8;
    return Number(zip64.readBigUInt64LE(at - 8));
  };
  const contentBytes = size(header.readUInt32LE(22));
  return { contentBytes, compressedBytes: size(header.readUInt32LE(18)) };
}

function mismatch(entry: ZipEntry, how: string): ZipRefusal {
  return new ZipRefusal('zip_header_mismatch', `The entry ${quoteName(entry.name)} does not match the directory of the zip: ${how}.`);
}

function overlap(entry: ZipEntry): ZipRefusal {
  return new ZipRefusal('zip_overlap', `The entry ${quoteName(entry.name)} overlaps another one or the directory of the zip.`);
}

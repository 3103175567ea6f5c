import type { Entry } from 'yauzl';
import { quoteName } from './quote-name.ts';
import type { ZipEntry } from './read-directory.ts';
import { ZipRefusal } from './zip-refusal.ts';

export const METHOD_STORED = 0;
export const METHOD_DEFLATE = 8;
/** Deflate makes at most 258 bytes of 2 bits: whoever declares a higher ratio lies. */
const DEFLATE_RATIO_MAX = 1032;

const FLAGS_ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
/** Bits 1 and 2 (level), 3 (data descriptor) and 11 (UTF-8). Others ask for features that we do not have. */
const FLAGS_KNOWN = 0x0002 | 0x0004 | 0x0008 | 0x0800;
/** 4.5 is 64-bit sizes; what needs more is compressed or encrypted in a way that we do not read. */
const VERSION_NEEDED_MAX = 45;

const ZIP64_ID = 0x0001;
const ONES_32 = 0xffffffff;
/** Makers whose external attributes hold Unix modes: Unix and macOS. */
const UNIX_MAKERS = new Set([3, 19]);
/** p7zip says "DOS" as maker and marks Unix modes with this bit. */
const P7ZIP_MODE_MARK = 0x8000;

/** Refuses what an entry's record in the directory alone shows to be unsupported, forbidden or broken. */
export function checkEntry(raw: Entry): void {
  const flags = raw.generalPurposeBitFlag;
  if ((flags & FLAGS_ENCRYPTED) !== 0) throw new ZipRefusal('zip_encrypted', `The entry ${shown(raw)} is encrypted.`);
  const known = raw.compressionMethod === METHOD_STORED || raw.compressionMethod === METHOD_DEFLATE;
  if (!known || (flags & ~FLAGS_KNOWN) !== 0 || (raw.versionNeededToExtract & 0xff) > VERSION_NEEDED_MAX) {
    const how = `method ${raw.compressionMethod}, flags ${flags.toString(2)}, version ${raw.versionNeededToExtract}`;
    throw new ZipRefusal(
      'zip_bad_method',
      `The entry ${shown(raw)} is packed in a way that is not supported (${how}): use stored or deflate.`,
    );
  }
  checkZip64(raw);
  checkMode(raw);
}

function checkZip64(raw: Entry): void {
  const fields = raw.extraFields.filter((extra) => extra.id === ZIP64_ID);
  const values = [raw.uncompressedSize, raw.compressedSize, raw.relativeOffsetOfLocalHeader];
  const overflow = values.some((value) => !Number.isSafeInteger(value)) || fields.length > 1;
  const missing = fields.length === 0 && values.includes(ONES_32);
  if (overflow || missing) throw new ZipRefusal('zip_bad_zip64', `The 64-bit fields of the entry ${shown(raw)} are broken.`);
}

function checkMode(raw: Entry): void {
  const maker = raw.versionMadeBy >>> 8;
  const isUnix = UNIX_MAKERS.has(maker) || (maker === 0 && (raw.externalFileAttributes & P7ZIP_MODE_MARK) !== 0);
  if (!isUnix) return;
  const mode = raw.externalFileAttributes >>> 16;
  const type = mode & 0o170000;
  if (type === 0o120000) throw new ZipRefusal('zip_link', `The entry ${shown(raw)} is a symbolic link; links are not allowed.`);
  const isFolder = raw.fileNameRaw.at(-1) === 0x2f;
  // Folders shared in a lab often have the setgid bit; on a folder it does no harm, and it is never extracted.
  const isPlain = type === 0 || type === 0o100000 || type === 0o040000;
  if (!isPlain || (!isFolder && (mode & 0o6000) !== 0)) {
    throw new ZipRefusal('zip_special_file', `The entry ${shown(raw)} is a device, pipe, socket or setuid file; these are not allowed.`);
  }
}

/** Refuses sizes that cannot be true. */
export function checkSizes(entry: ZipEntry): void {
  if (entry.isFolder && entry.contentBytes > 0) {
    throw new ZipRefusal('zip_size_mismatch', `The folder ${quoteName(entry.name)} has content.`);
  }
  if (entry.method === METHOD_STORED && entry.contentBytes !== entry.compressedBytes) throw lie(entry, 'though it is stored');
  if (entry.contentBytes > entry.compressedBytes * DEFLATE_RATIO_MAX) {
    throw lie(entry, `but deflate cannot reach more than ${DEFLATE_RATIO_MAX} to 1`);
  }
}

function lie(entry: ZipEntry, why: string): ZipRefusal {
  const declared = `declares ${entry.contentBytes} bytes of content in ${entry.compressedBytes}`;
  return new ZipRefusal('zip_size_mismatch', `The entry ${quoteName(entry.name)} ${declared}, ${why}.`);
}

function shown(raw: Entry): string {
  return quoteName(raw.fileNameRaw.toString('utf8'));
}

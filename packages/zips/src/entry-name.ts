import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { ZipLimits } from '@inference/domain';
import { type ExtraField, getFileNameLowLevel } from 'yauzl';
import { quoteName } from './quote-name.ts';
import { ZipRefusal } from './zip-refusal.ts';

/** General purpose bit 11: the name is UTF-8. */
export const FLAG_UTF8 = 0x800;
const UNICODE_PATH_ID = 0x7075;

// Names that Windows keeps for devices, with or without an extension.
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
// C0 and C1 controls, DEL, line and paragraph separators.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
// Characters that turn the direction of text: what is shown is not what is there.
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/**
 * The name of an entry: UTF-8 when flagged or when its bytes are valid UTF-8 (macOS sets no flag), else code page 437.
 * Refuses names that are not what they claim, and entries with a second name.
 */
export function decodeName(raw: Buffer, flags: number, extras: readonly ExtraField[]): string {
  const utf8 = isUtf8(raw);
  if ((flags & FLAG_UTF8) !== 0 && !utf8) {
    throw new ZipRefusal('zip_bad_name', `The name ${quoteName(raw.toString('latin1'))} in the zip is not valid UTF-8.`);
  }
  // Code page 437 has pictures in the place of control characters; other readers see the control characters.
  if (!utf8 && raw.some((byte) => byte < 0x20 || byte === 0x7f)) throw bad(raw.toString('latin1'), 'has control characters');
  const name = utf8 ? raw.toString('utf8') : getFileNameLowLevel(0, raw, [], true);
  checkUnicodePath(raw, name, extras);
  return name;
}

/** The Unicode-path field is a second name. It counts while its checksum fits the first one; then both must be the same. */
export function checkUnicodePath(raw: Buffer, name: string, extras: readonly ExtraField[]): void {
  const fields = extras.filter((extra) => extra.id === UNICODE_PATH_ID);
  if (fields.length === 0) return;
  const disagrees = new ZipRefusal('zip_name_disagrees', `The entry ${quoteName(name)} has two different names.`);
  const [field] = fields;
  if (fields.length > 1 || field === undefined || field.data.length < 5) throw disagrees;
  const counts = field.data[0] === 1 && field.data.readUInt32LE(1) === crc32(raw);
  if (counts && !field.data.subarray(5).equals(Buffer.from(name))) throw disagrees;
}

/** Refuses a name that could leave its folder, deceive a reader, or not be created on another system. */
export function checkName(name: string, limits: ZipLimits): void {
  checkShape(name);
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  for (const segment of segments) checkSegment(segment, name, limits);
  if (segments.length > limits.depthMax) {
    const depth = `${segments.length} folders deep; at most ${limits.depthMax} are allowed`;
    throw new ZipRefusal('zip_too_deep', `The name ${quoteName(name)} is ${depth}.`);
  }
  const nameBytes = Buffer.byteLength(name);
  if (nameBytes > limits.nameBytesMax) throw tooLong('The name', name, { bytes: nameBytes, bytesMax: limits.nameBytesMax });
}

function checkShape(name: string): void {
  if (name === '') throw new ZipRefusal('zip_bad_name', 'An entry of the zip has an empty name.');
  if (CONTROL.test(name)) throw bad(name, 'has control characters');
  if (BIDI.test(name)) throw bad(name, 'has characters that turn the direction of text');
  if (/^[/\\]/.test(name) || /^[A-Za-z]:/.test(name)) {
    throw new ZipRefusal('zip_absolute_path', `The name ${quoteName(name)} is an absolute path; names must be relative.`);
  }
  if (name.includes('..') && name.split(/[/\\]/).includes('..')) {
    throw new ZipRefusal('zip_path_escape', `The name ${quoteName(name)} leaves its folder.`);
  }
  if (name.includes('\\')) throw bad(name, 'has a backslash; folders are separated by "/"');
}

function checkSegment(segment: string, name: string, limits: ZipLimits): void {
  if (segment === '' || segment === '.') throw bad(name, 'has an empty part or a part "."');
  if (segment.endsWith('.') || segment.endsWith(' ')) throw bad(name, 'has a part that ends in a dot or a space');
  if (RESERVED.test(segment)) throw bad(name, 'is reserved on Windows');
  const bytes = Buffer.byteLength(segment);
  if (bytes > limits.nameSegmentBytesMax) throw tooLong('A part of the name', name, { bytes, bytesMax: limits.nameSegmentBytesMax });
}

function bad(name: string, why: string): ZipRefusal {
  return new ZipRefusal('zip_bad_name', `The name ${quoteName(name)} ${why}.`);
}

function tooLong(what: string, name: string, size: { bytes: number; bytesMax: number }): ZipRefusal {
  return new ZipRefusal('zip_name_too_long', `${what} ${quoteName(name)} has ${size.bytes} bytes; at most ${size.bytesMax} are allowed.`);
}

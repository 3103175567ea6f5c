import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { AppError, ZIP_ERRORS, ZIP_LIMITS, type ZipErrorCode, type ZipLimits } from '@inference/domain';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { checkZip } from './check-zip.ts';
import { extractZip } from './extract-zip.ts';
import { type BuiltEntry, buildZip, extraField, unicodePathField, zip64Field } from './testing/build-zip.ts';
import { createZipChecker } from './zip-checker.ts';

const GOOD: BuiltEntry = { name: 'scan.nii', content: 'voxels' };
const ONES = 0xffffffff;
const name = (entryName: string | Buffer, more: Partial<BuiltEntry> = {}) => buildZip([{ ...GOOD, ...more, name: entryName }]);
const one = (more: Partial<BuiltEntry>) => buildZip([{ ...GOOD, ...more }]);
const mode = (bits: number, more: Partial<BuiltEntry> = {}) => one({ mode: bits, ...more });
const zeros = Buffer.alloc(2 * 1024 * 1024);

/** An entry whose packed data holds the local header of the next one too: Fifield's quoted overlap. */
function quotedOverlap(): Buffer {
  const inner = buildZip([{ name: 'b', content: 'kernel', method: 8 }]);
  const innerLocal = inner.subarray(0, inner.indexOf('PK\x01\x02', 0, 'latin1'));
  return buildZip([
    { name: 'a', packed: innerLocal, content: innerLocal },
    { name: 'b', content: 'kernel', method: 8, headerAt: () => 30 + 1 },
  ]);
}

/** Entries that all point at one local header. */
function sameHeader(): Buffer {
  return buildZip([GOOD, { ...GOOD, name: 'scan.ni2', headerAt: () => 0 }]);
}

/** Two MiB, packed without compression, with one block in the middle that is none. */
function garbled(): Buffer {
  return deflateRawSync(zeros, { level: 0 }).fill(0xff, 500_000, 700_000);
}

type Row = [title: string, code: ZipErrorCode, zip: Buffer, limits?: Partial<ZipLimits>];

const MALFORMED: Row[] = [
  ['an empty body', 'zip_empty', Buffer.alloc(0)],
  ['a text', 'zip_not_a_zip', Buffer.from('hello, this is no zip')],
  ['a web page', 'zip_not_a_zip', Buffer.from('<!doctype html><html><body>Log in</body></html>')],
  ['one byte', 'zip_not_a_zip', Buffer.from('P')],
  ['a zip cut in its content', 'zip_truncated', one({ content: 'x'.repeat(500) }).subarray(0, 200)],
  ['a zip cut in its end record', 'zip_truncated', one({}).subarray(0, -3)],
  ['a zip without its first bytes', 'zip_bad_directory', one({}).subarray(20)],
  ['two end records in a row', 'zip_bad_end', Buffer.concat([one({}), one({}).subarray(-22)])],
  [
    'an end record in the comment of another',
    'zip_bad_end',
    buildZip([GOOD], { comment: Buffer.concat([Buffer.from('note'), buildZip([])]) }),
  ],
  ['an end signature in the comment', 'zip_bad_end', buildZip([GOOD], { comment: Buffer.from(`xPK\x05\x06${'.'.repeat(30)}`, 'latin1') })],
  ['bytes before the first entry, offsets adjusted', 'zip_extra_bytes', buildZip([GOOD], { prefix: Buffer.from('#!/bin/sh\n') })],
  ['bytes before the first entry, offsets not adjusted', 'zip_extra_bytes', Buffer.concat([Buffer.from('MZ junk'), one({})])],
  ['bytes after the end', 'zip_extra_bytes', buildZip([GOOD], { suffix: Buffer.from('tail') })],
  ['bytes between two entries', 'zip_extra_bytes', buildZip([GOOD, { name: 'b', before: Buffer.from('gap') }])],
  [
    'bytes between the last entry and the directory',
    'zip_extra_bytes',
    one({ descriptor: Buffer.alloc(6), local: { flags: 0 }, central: { flags: 0 } }),
  ],
  ['bytes between the directory and the end', 'zip_extra_bytes', buildZip([GOOD], { between: Buffer.from('gap') })],
  ['another zip behind the first', 'zip_extra_bytes', Buffer.concat([one({}), one({ name: 'other.nii' })])],
  ['a comment of 4097 bytes', 'zip_extra_bytes', buildZip([GOOD], { comment: Buffer.alloc(4097, 'c') })],
  ['a comment longer than the file', 'zip_truncated', buildZip([GOOD], { comment: Buffer.from('c'), commentBytes: 9 })],
  ['an entry that begins in the directory', 'zip_extra_bytes', one({ headerAt: (at) => at + 50 })],
  ['another name in the local header', 'zip_header_mismatch', one({ local: { name: Buffer.from('evil.nii') } })],
  ['a longer name in the local header', 'zip_header_mismatch', one({ local: { name: Buffer.from('a-longer-name.nii') } })],
  ['another size in the local header', 'zip_header_mismatch', one({ local: { contentBytes: 7 } })],
  ['another compressed size in the local header', 'zip_header_mismatch', one({ local: { compressedBytes: 5 } })],
  ['another checksum in the local header', 'zip_header_mismatch', one({ local: { crc32: 1 } })],
  ['another method in the local header', 'zip_header_mismatch', one({ local: { method: 8 } })],
  ['other flags in the local header', 'zip_header_mismatch', one({ local: { flags: 0x800 } })],
  ['no local header at all', 'zip_header_mismatch', one({ local: { signature: 0x11111111 } })],
  ['extra fields of the local header cut short', 'zip_header_mismatch', one({ local: { extra: Buffer.from([9, 9, 200, 0, 1]) } })],
  ['extra fields of the directory cut short', 'zip_bad_directory', one({ central: { extra: Buffer.from([9, 9, 200, 0, 1]) } })],
  ['a data descriptor with another checksum', 'zip_header_mismatch', one({ flags: 8, descriptor: Buffer.alloc(12, 1) })],
  ['no data descriptor though it is announced', 'zip_header_mismatch', one({ flags: 8 })],
  ['a data descriptor of a wrong length', 'zip_header_mismatch', one({ descriptor: Buffer.alloc(14) })],
  [
    'a data descriptor that is not announced',
    'zip_extra_bytes',
    one({ descriptor: 16, flags: 0, local: { flags: 0 }, central: { flags: 0 } }),
  ],
  ['a deflated size declared too large', 'zip_size_mismatch', one({ method: 8, local: { contentBytes: 9 }, central: { contentBytes: 9 } })],
  ['a deflated size declared too small', 'zip_size_mismatch', one({ method: 8, local: { contentBytes: 2 }, central: { contentBytes: 2 } })],
  ['a deflated size declared zero', 'zip_size_mismatch', one({ method: 8, local: { contentBytes: 0 }, central: { contentBytes: 0 } })],
  [
    'a large deflated size declared zero',
    'zip_size_mismatch',
    one({ content: zeros, method: 8, local: { contentBytes: 0 }, central: { contentBytes: 0 } }),
  ],
  [
    'a large deflated size declared too small',
    'zip_size_mismatch',
    one({ content: zeros, method: 8, local: { contentBytes: 100_000 }, central: { contentBytes: 100_000 } }),
  ],
  [
    'a large deflated size declared too large',
    'zip_size_mismatch',
    one({ content: zeros, method: 8, local: { contentBytes: 2_100_000 }, central: { contentBytes: 2_100_000 } }),
  ],
  [
    'a stored size that differs from the compressed one',
    'zip_size_mismatch',
    one({ local: { contentBytes: 9 }, central: { contentBytes: 9 } }),
  ],
  [
    'a ratio that deflate cannot reach',
    'zip_size_mismatch',
    one({ method: 8, local: { contentBytes: 1e6 }, central: { contentBytes: 1e6 } }),
  ],
  ['a folder with content', 'zip_size_mismatch', name('folder/')],
  ['a wrong checksum of a stored entry', 'zip_crc_mismatch', one({ local: { crc32: 7 }, central: { crc32: 7 } })],
  ['a wrong checksum of a deflated entry', 'zip_crc_mismatch', one({ method: 8, local: { crc32: 7 }, central: { crc32: 7 } })],
  ['a wrong checksum of a large stored entry', 'zip_crc_mismatch', one({ content: zeros, local: { crc32: 7 }, central: { crc32: 7 } })],
  [
    'a wrong checksum of a large deflated entry',
    'zip_crc_mismatch',
    one({ content: zeros, method: 8, local: { crc32: 7 }, central: { crc32: 7 } }),
  ],
  ['garbage for deflated data', 'zip_bad_data', one({ method: 8, packed: Buffer.from('\xff\xff\xffgarbage', 'latin1') })],
  ['deflated data cut short', 'zip_bad_data', one({ method: 8, packed: deflateRawSync(Buffer.from('voxels')).subarray(0, -2) })],
  [
    'data after the end of the deflated stream',
    'zip_bad_data',
    one({ method: 8, packed: Buffer.concat([deflateRawSync(Buffer.from('voxels')), Buffer.from('tail')]) }),
  ],
  [
    'data after the end of a large deflated stream',
    'zip_bad_data',
    one({ content: zeros, method: 8, packed: Buffer.concat([deflateRawSync(zeros), Buffer.alloc(100)]) }),
  ],
  [
    'much data after the end of a deflated stream',
    'zip_bad_data',
    one({ method: 8, packed: Buffer.concat([deflateRawSync(Buffer.from('voxels')), Buffer.alloc(3_000_000)]) }),
  ],
  ['large deflated data cut short', 'zip_bad_data', one({ content: zeros, method: 8, packed: deflateRawSync(zeros).subarray(0, -9) })],
  ['garbage in the middle of large deflated data', 'zip_bad_data', one({ content: zeros, method: 8, packed: garbled() })],
  ['nothing for deflated data', 'zip_bad_data', one({ content: '', method: 8, packed: Buffer.alloc(0) })],
  ['more entries declared than there are', 'zip_count_mismatch', buildZip([GOOD], { entries: 2 })],
  ['fewer entries declared than there are', 'zip_count_mismatch', buildZip([GOOD, { name: 'b' }], { entries: 1 })],
  ['no entries declared though there is one', 'zip_count_mismatch', buildZip([GOOD], { entries: 0 })],
  ['two counts that differ', 'zip_count_mismatch', buildZip([GOOD], { entries: 1, entriesHere: 2 })],
  ['a directory said to end after the file', 'zip_bad_directory', buildZip([GOOD], { directoryBytes: 5000 })],
  ['a broken record in the directory', 'zip_bad_directory', one({ central: { signature: 0x33333333 } })],
  [
    'a 64-bit size that is missing',
    'zip_bad_zip64',
    one({ local: { contentBytes: ONES }, central: { contentBytes: ONES, compressedBytes: ONES } }),
  ],
  ['a 64-bit size that is cut short', 'zip_bad_zip64', one({ central: { contentBytes: ONES, extra: extraField(1, Buffer.alloc(4)) } })],
  ['a 64-bit size above 2^53', 'zip_bad_zip64', one({ central: { contentBytes: ONES, extra: zip64Field(1n << 60n) } })],
  ['a 64-bit offset above 2^53', 'zip_bad_zip64', one({ headerAt: () => ONES, central: { extra: zip64Field(1n << 63n) } })],
  [
    'two 64-bit fields in one entry',
    'zip_bad_zip64',
    one({ central: { contentBytes: ONES, extra: Buffer.concat([zip64Field(6n), zip64Field(7n)]) } }),
  ],
  ['a 64-bit size missing in the local header', 'zip_bad_zip64', one({ local: { contentBytes: ONES, compressedBytes: ONES } })],
  [
    'a 64-bit size that differs in the local header',
    'zip_header_mismatch',
    one({ local: { contentBytes: ONES, compressedBytes: ONES, extra: zip64Field(7n, 6n) } }),
  ],
  ['a 64-bit count above 2^53', 'zip_bad_zip64', buildZip([GOOD], { zip64: { entries: 1n << 62n } })],
  ['a 64-bit count that differs from the other one', 'zip_bad_zip64', buildZip([GOOD], { zip64: { entries: 3n } })],
  ['a 64-bit directory elsewhere', 'zip_bad_zip64', buildZip([GOOD], { zip64: { directoryAt: 3n } })],
  ['a 64-bit locator that points elsewhere', 'zip_bad_zip64', buildZip([GOOD], { zip64: { recordAt: 3n } })],
  ['a 64-bit end record of another length', 'zip_bad_zip64', buildZip([GOOD], { zip64: { size: 60n } })],
  ['a 64-bit locator without its record', 'zip_bad_zip64', one({ comment: `PK\x06\x07${'\0'.repeat(16)}` })],
];

const OVER_LIMIT: Row[] = [
  ['a zip that is too large', 'zip_too_large', one({ content: zeros }), { archiveBytesMax: 2_000_000 }],
  ['a flat bomb', 'zip_content_too_large', one({ content: zeros, method: 8 }), { contentBytesMax: 2_000_000 }],
  [
    'a bomb of many entries',
    'zip_content_too_large',
    buildZip(['a', 'b', 'c'].map((part) => ({ name: part, content: zeros, method: 8 }))),
    { contentBytesMax: 5_000_000 },
  ],
  ['65,537 entries where 65,536 are allowed', 'zip_too_many_entries', many(65_537), { entriesMax: 65_536 }],
  ['millions of entries, declared', 'zip_too_many_entries', buildZip([GOOD], { entries: 0xffff, zip64: { entries: 5_000_000n } })],
  ['more folders in names than are allowed', 'zip_too_many_entries', name('a/b/c/d/e/f.txt'), { entriesMax: 4 }],
  ['a part of a name of 256 bytes', 'zip_name_too_long', name('n'.repeat(256))],
  ['a part of a name of 128 characters in 256 bytes', 'zip_name_too_long', name('é'.repeat(128))],
  ['a name of 1025 bytes', 'zip_name_too_long', name(`${'n'.repeat(204)}/`.repeat(5))],
  ['33 folders in one another', 'zip_too_deep', name(`${'d/'.repeat(32)}file`)],
];

const UNSUPPORTED: Row[] = [
  ['an encrypted entry', 'zip_encrypted', one({ flags: 1 })],
  ['a strongly encrypted entry', 'zip_encrypted', one({ flags: 0x41 })],
  ['an encrypted directory', 'zip_encrypted', one({ flags: 0x2000 })],
  ['a zip that says it is the second disk', 'zip_multi_disk', buildZip([GOOD], { disk: 1 })],
  ['a directory on another disk', 'zip_multi_disk', buildZip([GOOD], { directoryDisk: 1 })],
  ['an entry on another disk', 'zip_multi_disk', one({ disk: 2 })],
  [
    'an entry on another disk, in a 64-bit field',
    'zip_multi_disk',
    one({ disk: 0xffff, central: { extra: extraField(1, Buffer.from([1, 0, 0, 0])) } }),
  ],
  ['a 64-bit end record on another disk', 'zip_multi_disk', buildZip([GOOD], { zip64: { disk: 1 } })],
  ['a 64-bit locator with several disks', 'zip_multi_disk', buildZip([GOOD], { zip64: { disks: 3 } })],
  ['a 64-bit locator with no disk at all', 'zip_multi_disk', buildZip([GOOD], { zip64: { disks: 0 } })],
  ['the first part of a split zip', 'zip_multi_disk', Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), one({}).subarray(0, 40)])],
  ['bzip2', 'zip_bad_method', one({ method: 12 })],
  ['lzma', 'zip_bad_method', one({ method: 14 })],
  ['patch data', 'zip_bad_method', one({ flags: 0x20 })],
  ['a version that needs more than 64-bit sizes', 'zip_bad_method', one({ local: { versionNeeded: 63 }, central: { versionNeeded: 63 } })],
];

const FORBIDDEN: Row[] = [
  ['no entries', 'zip_no_entries', buildZip([])],
  ['"../"', 'zip_path_escape', name('../evil')],
  ['"..\\"', 'zip_path_escape', name('..\\evil')],
  ['"a/../../b"', 'zip_path_escape', name('a/../../b')],
  ['a name that ends in ".."', 'zip_path_escape', name('a/..')],
  ['an absolute path', 'zip_absolute_path', name('/etc/passwd')],
  ['two leading slashes', 'zip_absolute_path', name('//host/share')],
  ['a drive letter', 'zip_absolute_path', name('C:/evil')],
  ['a drive letter without a slash', 'zip_absolute_path', name('c:evil')],
  ['a UNC path', 'zip_absolute_path', name('\\\\host\\share')],
  ['a symbolic link', 'zip_link', mode(0o120777, { content: '/etc/passwd' })],
  ['a symbolic link made on macOS', 'zip_link', mode(0o120777, { madeBy: (19 << 8) | 20 })],
  ['a symbolic link made by p7zip', 'zip_link', one({ madeBy: 20, externalAttributes: 0o120777 * 65536 + 0x8000 })],
  [
    'a link to a folder and a file through it',
    'zip_link',
    buildZip([
      { name: 'd', content: '/tmp', mode: 0o120777 },
      { name: 'd/evil', content: 'x' },
    ]),
  ],
  ['a character device', 'zip_special_file', mode(0o020666)],
  ['a block device', 'zip_special_file', mode(0o060666)],
  ['a FIFO', 'zip_special_file', mode(0o010644)],
  ['a socket', 'zip_special_file', mode(0o140644)],
  ['a setuid file', 'zip_special_file', mode(0o104755)],
  ['a setgid file', 'zip_special_file', mode(0o102755)],
  ['two equal names', 'zip_duplicate_name', buildZip([GOOD, GOOD])],
  ['two equal folders', 'zip_duplicate_name', buildZip([{ name: 'd/' }, { name: 'd/' }])],
  ['names that differ in case', 'zip_name_collision', buildZip([GOOD, { ...GOOD, name: 'SCAN.nii' }])],
  ['folders that differ in case', 'zip_name_collision', buildZip([{ name: 'Data/a' }, { name: 'data/b' }])],
  ['names that differ in Unicode form', 'zip_name_collision', buildZip([{ name: 'caf\u00e9' }, { name: 'cafe\u0301' }])],
  ['names that differ in ss and sharp s', 'zip_name_collision', buildZip([{ name: 'gro\u00df' }, { name: 'gross' }])],
  ['a file that is also a folder', 'zip_name_collision', buildZip([{ name: 'a' }, { name: 'a/b' }])],
  ['a folder that is also a file', 'zip_name_collision', buildZip([{ name: 'a/b' }, { name: 'a' }])],
  ['an explicit folder that is also a file', 'zip_name_collision', buildZip([{ name: 'a/' }, { name: 'a' }])],
  ['a NUL in a name', 'zip_bad_name', name('a.nii\0.exe')],
  ['a control character in a name', 'zip_bad_name', name('a\x1b[2Jb')],
  ['a newline in a name', 'zip_bad_name', name('a\nb')],
  ['a C1 control character in a name', 'zip_bad_name', name('a\u0085b')],
  ['a control character in a name in code page 437', 'zip_bad_name', name(Buffer.from([0x02, 0x81]))],
  ['a right-to-left override in a name', 'zip_bad_name', name('scan\u202egpj.exe')],
  ['a direction isolate in a name', 'zip_bad_name', name('scan\u2067x')],
  ['invalid UTF-8 in a name that is flagged as such', 'zip_bad_name', name(Buffer.from([0x61, 0xff]), { flags: 0x800 })],
  ['an overlong slash in a name', 'zip_bad_name', name(Buffer.from([0x61, 0xc0, 0xaf, 0x62]), { flags: 0x800 })],
  ['a surrogate in a name', 'zip_bad_name', name(Buffer.from([0xed, 0xa0, 0x80]), { flags: 0x800 })],
  ['an empty name', 'zip_bad_name', name('')],
  ['an empty part of a name', 'zip_bad_name', name('a//b')],
  ['a name "."', 'zip_bad_name', name('.')],
  ['a part "." of a name', 'zip_bad_name', name('a/./b')],
  ['a trailing dot', 'zip_bad_name', name('file.')],
  ['a trailing space', 'zip_bad_name', name('dir /file')],
  ['a backslash in a name', 'zip_bad_name', name('a\\b')],
  ['a name that Windows reserves', 'zip_bad_name', name('data/CON')],
  ['a reserved name with an extension', 'zip_bad_name', name('aux.txt')],
  ['a Unicode path that is another name', 'zip_name_disagrees', one({ extra: unicodePathField('scan.nii', 'evil.nii') })],
  ['a Unicode path in the local header only', 'zip_name_disagrees', one({ local: { extra: unicodePathField('scan.nii', 'evil.nii') } })],
  [
    'two Unicode paths',
    'zip_name_disagrees',
    one({ extra: Buffer.concat([unicodePathField('scan.nii', 'scan.nii'), unicodePathField('scan.nii', 'scan.nii')]) }),
  ],
  ['a Unicode path that is cut short', 'zip_name_disagrees', one({ extra: extraField(0x7075, Buffer.from([1, 2])) })],
  ['two entries with one local header', 'zip_overlap', sameHeader()],
  ['an entry inside another one', 'zip_overlap', quotedOverlap()],
  [
    'an entry that reaches into the directory',
    'zip_overlap',
    one({ local: { compressedBytes: 20, contentBytes: 20 }, central: { compressedBytes: 20, contentBytes: 20 } }),
  ],
];

function many(count: number): Buffer {
  const entries = Array.from({ length: count }, (_, index) => ({ name: `slices/${index}.dcm` }));
  return buildZip(entries, { zip64: {} });
}

const GROUPS: Array<[title: string, status: number, rows: Row[]]> = [
  ['A malformed zip', 400, MALFORMED],
  ['A zip over a limit', 413, OVER_LIMIT],
  ['A zip that is not supported', 415, UNSUPPORTED],
  ['A forbidden zip', 422, FORBIDDEN],
];

const ACCEPTED: Array<[title: string, zip: Buffer]> = [
  ['a nested zip, which is never opened', one({ name: 'inner.zip', content: buildZip([{ name: 'bomb', content: zeros, method: 8 }]) })],
  ['a nested zip whose end record lies near the outer one', buildZip([{ name: 'z.zip', content: buildZip([{ ...GOOD }]) }])],
  ['a label map that packs by about 1000 to 1', one({ content: Buffer.alloc(30_000_000), method: 8 })],
  ['impossible timestamps', one({ local: { time: 0xffffffff }, central: { time: 0 } })],
  ['unknown extra fields', one({ extra: extraField(0xcafe, Buffer.from('odd')), local: { extra: extraField(0xbeef, Buffer.alloc(3)) } })],
  ['a Unicode path that is the same name', one({ extra: unicodePathField('scan.nii', 'scan.nii') })],
  ['a Unicode path left over from an older name', one({ extra: unicodePathField('old-name.nii', 'evil.nii') })],
  ['a 64-bit field with values that nobody asked for', one({ extra: zip64Field(1n, 2n, 3n) })],
  ['64-bit end records that nobody needs', buildZip([GOOD], { zip64: {} })],
  [
    '64-bit sizes for a small entry',
    one({
      local: { contentBytes: ONES, compressedBytes: ONES, extra: zip64Field(6n, 6n) },
      central: { contentBytes: ONES, compressedBytes: ONES, extra: zip64Field(6n, 6n) },
    }),
  ],
  ['a 64-bit disk number of zero', one({ disk: 0xffff, central: { extra: extraField(1, Buffer.alloc(4)) } })],
  ['a comment of 4096 bytes', buildZip([GOOD], { comment: Buffer.alloc(4096, 'c') })],
  [
    'a setgid folder, as labs share them',
    buildZip([
      { name: 'shared/', mode: 0o042775 },
      { ...GOOD, name: 'shared/scan.nii' },
    ]),
  ],
  ['symlink bits from a maker without Unix modes', one({ madeBy: 20, externalAttributes: 0o120777 * 65536 })],
  ['an empty deflated entry', one({ content: '', method: 8 })],
  ['32 parts in a name', name(`${'d/'.repeat(31)}file`)],
  ['names with dots and spaces inside', name('patient 1/..scan..v2 final.nii.gz')],
];

describe.each(GROUPS)('%s is refused (HTTP %i):', (_title, status, rows) => {
  it.each(rows)('%s: %s', async (_name, code, zip, limits) => {
    const folder = await testFolder();
    const path = join(folder, 'attack.zip');
    await writeFile(path, zip);
    const verdict = await checkZip(path, { ...ZIP_LIMITS, ...limits });
    expect(verdict).toMatchObject({ ok: false, code });
    expect(ZIP_ERRORS[code].status).toBe(status === 400 && code === 'zip_not_a_zip' ? 415 : status);
    // The message is for users: it is a sentence, bounded, and cannot steer a terminal.
    expect((verdict as { message: string }).message).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{10,400}\.?$/u);
    // Extraction refuses it too, though nobody checked it first, and leaves nothing outside its folder.
    const inside = join(folder, 'deep', 'target');
    await mkdir(inside, { recursive: true });
    const error = await extractZip(path, inside, { limits: { ...ZIP_LIMITS, ...limits } }).catch((caught) => caught);
    expect(error).toBeInstanceOf(AppError);
    expect(error.code).toBe(code);
    expect((await readdir(folder)).sort()).toEqual(['attack.zip', 'deep']);
    expect(await readdir(join(folder, 'deep'))).toEqual(['target']);
  });
});

describe('A zip that only looks odd is accepted:', () => {
  it.each(ACCEPTED)('%s', async (_title, zip) => {
    const path = join(await testFolder(), 'odd.zip');
    await writeFile(path, zip);
    expect(await checkZip(path, ZIP_LIMITS)).toMatchObject({ ok: true });
  });

  it.each([12, 16, 20, 24] as const)('a data descriptor of %i bytes, stored and deflated', async (descriptor) => {
    const path = join(await testFolder(), 'odd.zip');
    const zip = buildZip([
      { ...GOOD, descriptor },
      { name: 'b', content: 'x'.repeat(200), method: 8, descriptor },
      { name: 'c/', descriptor },
    ]);
    await writeFile(path, zip);
    expect(await checkZip(path, ZIP_LIMITS)).toEqual({ ok: true, entries: 3, contentBytes: 206 });
  });
});

describe('The pool of check processes', () => {
  it('gives the same verdict as a check in this process, for every attack in the table', async () => {
    const folder = await testFolder();
    const checker = createZipChecker({ processes: 2, limits: ZIP_LIMITS });
    try {
      const rows = GROUPS.flatMap(([, , group]) => group);
      const codes = await Promise.all(
        rows.map(async ([, , zip, limits], index) => {
          const path = join(folder, `${index}.zip`);
          await writeFile(path, zip);
          const verdict = await checker.check(path, limits);
          return verdict.ok ? 'accepted' : verdict.code;
        }),
      );
      expect(codes).toEqual(rows.map(([, code]) => code));
    } finally {
      await checker.close();
    }
  });

  it('has a test for every code that a zip can be refused with', () => {
    const tested = new Set(GROUPS.flatMap(([, , rows]) => rows.map(([, code]) => code)));
    // The cost of a check is tested with the pool, which watches it.
    expect(Object.keys(ZIP_ERRORS).filter((code) => !tested.has(code as ZipErrorCode))).toEqual(['zip_too_costly']);
  });
});

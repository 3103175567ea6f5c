import { createHash, randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';

const MIB = 1024 ** 2;
const BOUNDARY = 'part-of-the-test';

/** A multipart body with a large zip in it, made while it is sent. */
export type LargeUpload = {
  readonly headers: Readonly<Record<string, string>>;
  body(): Generator<Buffer>;
  /** Name and SHA-256 of the large file in the zip. */
  readonly file: { readonly name: string; readonly sha256: string };
};

/**
 * A zip with one stored file of random-looking bytes, and the settings that make the model slow-echo copy it at once.
 *
 * @param mib size of the file, in MiB; less than 4096, for the zip has no 64-bit fields
 */
export function largeUpload(mib: number): LargeUpload {
  const block = randomFillSync(Buffer.alloc(MIB));
  const hash = createHash('sha256');
  let check = 0;
  for (let sent = 0; sent < mib; sent++) {
    check = crc32(block, check);
    hash.update(block);
  }
  const settings = Buffer.from('{"seconds": 0}');
  const small = entry('slow-echo.json', settings.length, crc32(settings), 0);
  // A name that says that it is compressed already: the output stores it, too.
  const name = 'noise.zst';
  const large = entry(name, mib * MIB, check, small.local.length + settings.length);
  const directory = Buffer.concat([small.central, large.central]);
  const directoryAt = small.local.length + settings.length + large.local.length + mib * MIB;
  const head = Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="zip_file"; filename="input.zip"\r\nContent-Type: application/zip\r\n\r\n`,
  );
  const first = Buffer.concat([head, small.local, settings, large.local]);
  const last = Buffer.concat([directory, endRecord(directory.length, directoryAt), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': String(first.length + mib * MIB + last.length),
    },
    *body() {
      yield first;
      for (let sent = 0; sent < mib; sent++) yield block;
      yield last;
    },
    file: { name, sha256: hash.digest('hex') },
  };
}

/** The two headers of a stored entry: 2.0 needed, no flags, method 0, a fixed date. */
function entry(name: string, bytes: number, check: number, at: number): { local: Buffer; central: Buffer } {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(check, 10);
  common.writeUInt32LE(bytes, 14);
  common.writeUInt32LE(bytes, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name)]);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(at, 10);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, Buffer.from(name)]);
  return { local, central };
}

function endRecord(directoryBytes: number, directoryAt: number): Buffer {
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 'latin1');
  record.writeUInt16LE(2, 8);
  record.writeUInt16LE(2, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryAt, 16);
  return record;
}

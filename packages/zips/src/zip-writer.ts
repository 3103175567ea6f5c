import type { PackedFile, PackedSizes } from './pack-file.ts';
import { dataDescriptor, directoryRecord, type EntryFields, type EntrySizes, endRecords, localHeader } from './zip-format.ts';

/** Small entries are gathered until they make a piece of this size, in bytes: many tiny pieces cost more than their bytes. */
const PIECE_BYTES = 64 * 1024;
/** A file of this size or more gets 64-bit sizes: packed, it might pass 4 GiB. */
const HUGE_BYTES = 0xf0000000;

type Named = { readonly name: string; readonly changed: Date };

/**
 * Forms a zip, piece by piece. Entries whose size is known beforehand have it in their header; larger ones are streamed and followed
 * by a data descriptor. 64-bit fields are written where they are needed.
 */
export class ZipWriter {
  entries = 0;
  contentBytes = 0;
  #at = 0;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #directory: Buffer[] = [];

  /** Adds an entry whose content is at hand; `take` or `finish` gives it out. */
  addWhole(entry: Named, file: PackedFile): void {
    const fields = { name: entry.name, changed: entry.changed, method: file.method, isStreamed: false, isHuge: false };
    const sizes = { crc32: file.crc32, compressedBytes: file.packed.length, contentBytes: file.contentBytes };
    const headerAt = this.#at;
    this.#put(localHeader(fields, sizes));
    this.#put(file.packed);
    this.#record(fields, sizes, headerAt);
  }

  /** Adds an entry whose content comes in pieces, and gives everything out as it comes. */
  async *addStreamed(
    entry: Named & { bytes: number; method: number },
    content: AsyncGenerator<Buffer, PackedSizes>,
  ): AsyncGenerator<Buffer> {
    const fields = { name: entry.name, changed: entry.changed, method: entry.method, isStreamed: true, isHuge: entry.bytes >= HUGE_BYTES };
    const headerAt = this.#at;
    this.#put(localHeader(fields, { crc32: 0, compressedBytes: 0, contentBytes: 0 }));
    yield* this.#takeAll();
    const sizes = yield* content;
    this.#at += sizes.compressedBytes;
    this.#put(dataDescriptor(fields, sizes));
    this.#record(fields, sizes, headerAt);
  }

  /** What has been gathered, once it is worth a piece. */
  *take(): Generator<Buffer> {
    if (this.#gatheredBytes >= PIECE_BYTES) yield* this.#takeAll();
  }

  /** The rest: the directory and the end records. */
  *finish(): Generator<Buffer> {
    const directoryAt = this.#at;
    for (const record of this.#directory) {
      this.#put(record);
      yield* this.take();
    }
    this.#put(endRecords(this.entries, this.#at - directoryAt, directoryAt));
    yield* this.#takeAll();
  }

  *#takeAll(): Generator<Buffer> {
    const [only] = this.#gathered;
    if (only === undefined) return;
    const piece = this.#gathered.length === 1 ? only : Buffer.concat(this.#gathered, this.#gatheredBytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    yield piece;
  }

  #put(bytes: Buffer): void {
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    this.#at += bytes.length;
  }

  #record(fields: EntryFields, sizes: EntrySizes, headerAt: number): void {
    this.#directory.push(directoryRecord(fields, sizes, headerAt));
    this.entries++;
    this.contentBytes += sizes.contentBytes;
  }
}

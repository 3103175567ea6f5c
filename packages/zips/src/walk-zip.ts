import type { ZipLimits } from '@inference/domain';
import { checkDescriptor, locateContent } from './locate-content.ts';
import { isSmall, readSmall, streamContent } from './read-content.ts';
import { readDirectory, type ZipEntry } from './read-directory.ts';
import { readEndRecord } from './read-end-record.ts';
import { ZipBytes } from './zip-bytes.ts';
import { ZipRefusal } from './zip-refusal.ts';

/** Takes what a walk finds, in the order of the file. */
export type ZipVisitor = {
  /** The directory has been read and is within the rules. */
  onDirectory?(contentBytes: number): void;
  onFolder?(entry: ZipEntry): void | Promise<void>;
  /** A small file; `content` has been checked and is valid during the call only. */
  onSmallFile?(entry: ZipEntry, content: Buffer): void | Promise<void>;
  /** A larger file: `take` gets its pieces, each valid during the call only; `close` always follows. */
  openFile?(entry: ZipEntry): Promise<{ take(piece: Buffer): void | Promise<void>; close(): Promise<void> }>;
};

/** What a zip holds. */
export type ZipSummary = { readonly entries: number; readonly contentBytes: number };

/**
 * Reads a whole zip once, front to back, holding every byte against the rules, and shows its entries to `visitor`.
 * Rejects with a ZipRefusal for a zip that breaks a rule, and with the system's error when the file cannot be read.
 */
export async function walkZip(path: string, limits: ZipLimits, visitor: ZipVisitor): Promise<ZipSummary> {
  const bytes = await ZipBytes.open(path);
  try {
    if (bytes.size === 0) throw new ZipRefusal('zip_empty', 'The upload is empty: send a zip.');
    if (bytes.size > limits.archiveBytesMax) {
      throw new ZipRefusal('zip_too_large', `The zip has ${bytes.size} bytes; at most ${limits.archiveBytesMax} are allowed.`);
    }
    const end = await readEndRecord(bytes, limits);
    const directory = await readDirectory(bytes, end, limits);
    const { entries, contentBytes } = directory;
    visitor.onDirectory?.(contentBytes);
    if (entries[0] !== undefined && entries[0].headerAt > 0) {
      throw new ZipRefusal('zip_extra_bytes', `The zip has ${entries[0].headerAt} bytes before its first entry.`);
    }
    for (const [index, entry] of entries.entries()) {
      const rawName = directory.bytes.subarray(entry.rawNameAt, entry.rawNameAt + entry.rawNameBytes);
      await visitEntry(bytes, entry, { rawName, nextAt: entries[index + 1]?.headerAt ?? end.directoryAt, visitor });
    }
    return { entries: entries.length, contentBytes };
  } finally {
    await bytes.close();
  }
}

async function visitEntry(
  bytes: ZipBytes,
  entry: ZipEntry,
  options: { rawName: Buffer; nextAt: number; visitor: ZipVisitor },
): Promise<void> {
  const { nextAt, visitor } = options;
  const contentAt = await locateContent(bytes, entry, options);
  // Before the content, so that nothing of an entry is handed out whose records disagree.
  await checkDescriptor(bytes, entry, { contentEnd: contentAt + entry.compressedBytes, nextAt });
  if (isSmall(entry)) {
    const content = await readSmall(bytes, entry, contentAt);
    await (entry.isFolder ? visitor.onFolder?.(entry) : visitor.onSmallFile?.(entry, content));
    return;
  }
  const file = entry.isFolder ? undefined : await visitor.openFile?.(entry);
  try {
    await streamContent(bytes, entry, { contentAt, take: (piece) => file?.take(piece) });
  } finally {
    await file?.close();
  }
  if (entry.isFolder) await visitor.onFolder?.(entry);
}

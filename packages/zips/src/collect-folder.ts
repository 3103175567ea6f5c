import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { OutputLimits } from '@inference/domain';
import { listOutput, type OutputEntry } from './list-output.ts';
import { methodFor, type PackedFile, packLarge, packSmall, SMALL_OUTPUT_BYTES_MAX } from './pack-file.ts';
import { Warnings } from './warnings.ts';
import { ZipWriter } from './zip-writer.ts';

/** What the zip of a folder without files holds. */
const NO_FILES_NAME = 'no_output_files_found.error';
const NO_FILES_TEXT = 'The model wrote no files to /output.\n';
/** How many small files are read and packed ahead of the one that is being written. */
const AHEAD_MAX = 8;

/** What became of a folder. */
export type CollectSummary = {
  /** For users; at most 100 and a last one that counts the rest. */
  readonly warnings: readonly string[];
  readonly entries: number;
  readonly contentBytes: number;
};

/** A zip in the making. */
export type Collected = {
  /** The zip. Destroying it stops everything; a failure destroys it. */
  readonly zip: Readable;
  /** Settles when the last byte has been made. Rejects as the zip fails: OutputRefused for what the model did, else the system's error. */
  readonly summary: Promise<CollectSummary>;
};

/**
 * Zips what a model wrote. The folder may be hostile, but nothing may write to it any more: links and special files are left out
 * and named in the warnings, odd names are kept with a warning, and only the limits and unreadable files fail it.
 * A folder without files gives a zip with the file `no_output_files_found.error`.
 */
export function collectFolder(folder: string, options: { readonly limits: OutputLimits }): Collected {
  const { promise, resolve, reject } = Promise.withResolvers<CollectSummary>();
  // Who only wants the zip need not look at the summary.
  promise.catch(() => {});
  const make = async function* () {
    try {
      resolve(yield* zipFolder(folder, options.limits));
    } catch (error) {
      // Before the stream fails: whoever waits for both hears the true reason first.
      reject(error);
      throw error;
    }
  };
  const zip = Readable.from(make(), { objectMode: false });
  zip.once('close', () => reject(new Error('the zip was abandoned')));
  return { zip, summary: promise };
}

async function* zipFolder(folder: string, limits: OutputLimits): AsyncGenerator<Buffer, CollectSummary> {
  const warnings = new Warnings();
  const listed = await listOutput(folder, limits, warnings);
  const writer = new ZipWriter();
  if (listed.every((entry) => entry.isFolder)) {
    writer.addWhole({ name: NO_FILES_NAME, changed: new Date() }, asPacked(Buffer.from(NO_FILES_TEXT)));
  }
  for await (const { entry, packed } of packAhead(listed)) {
    if (packed === null) yield* writer.addStreamed({ ...entry, method: methodFor(entry) }, packLarge(entry));
    else writer.addWhole(entry, packed);
    yield* writer.take();
  }
  yield* writer.finish();
  return { warnings: warnings.list(), entries: writer.entries, contentBytes: writer.contentBytes };
}

/** The entries in order, small ones packed. Several are packed at once, for most of their time is waiting. */
async function* packAhead(entries: readonly OutputEntry[]): AsyncGenerator<{ entry: OutputEntry; packed: PackedFile | null }> {
  const started: Array<Promise<PackedFile> | null> = [];
  for (const [index, entry] of entries.entries()) {
    for (const next of entries.slice(index + started.length, index + AHEAD_MAX)) {
      const packing = startPacking(next);
      // Its turn tells; until then a failure is not unhandled.
      packing?.catch(() => {});
      started.push(packing);
    }
    yield { entry, packed: (await started.shift()) ?? null };
  }
}

function startPacking(entry: OutputEntry): Promise<PackedFile> | null {
  if (entry.isFolder) return Promise.resolve(asPacked(Buffer.alloc(0)));
  return entry.bytes <= SMALL_OUTPUT_BYTES_MAX ? packSmall(entry) : null;
}

function asPacked(content: Buffer): PackedFile {
  return { packed: content, method: 0, crc32: crc32(content), contentBytes: content.length };
}

import { lstat, type Stats } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type OutputLimits, ZIP_LIMITS } from '@inference/domain';
import { checkName } from './entry-name.ts';
import { fold } from './name-tree.ts';
import { outputName } from './output-name.ts';
import { OutputRefused } from './output-refused.ts';
import { quoteName } from './quote-name.ts';
import { DIRECTORY_BYTES_MAX } from './read-end-record.ts';
import type { Warnings } from './warnings.ts';

/** A file or folder of the output. */
export type OutputEntry = {
  /** Where it lies; bytes, for names need not be UTF-8. */
  readonly path: Buffer;
  /** Its name in the zip; ends in a slash for a folder. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly changed: Date;
  readonly bytes: number;
};

const statLink = promisify(lstat);

/** How many files are looked at at the same time. */
const LOOKS_MAX = 16;
const SLASH = Buffer.from('/');
/** What a name takes in the directory of a zip, beside itself. */
const DIRECTORY_RECORD_BYTES = 46;

/**
 * Lists the files and folders below `folder`, folders before what is in them, names in byte order. Links and special files are
 * left out with a warning, and never followed. Rejects with OutputRefused above a limit or where something cannot be read.
 */
export async function listOutput(folder: string, limits: OutputLimits, warnings: Warnings): Promise<OutputEntry[]> {
  const listing = new Listing(limits, warnings);
  // A stack, not recursion: the depth is the model's choice.
  const folders: Parent[] = [{ path: Buffer.from(folder), name: '', isOdd: false, alike: new Map() }];
  for (let parent = folders.pop(); parent !== undefined; parent = folders.pop()) {
    const names = await listing.namesIn(parent);
    for (let at = 0; at < names.length; at += LOOKS_MAX) {
      const looks = names.slice(at, at + LOOKS_MAX).map((name) => listing.look(parent, name));
      for (const found of await Promise.all(looks)) listing.add(found, parent, folders);
    }
  }
  return listing.entries;
}

type Parent = {
  readonly path: Buffer;
  readonly name: string;
  readonly isOdd: boolean;
  taken?: Set<string>;
  folded?: Set<string>;
  alike: Map<string, number>;
};
/** A name as the folder holds it, and as it may stand in a zip. */
type Name = { readonly raw: Buffer; readonly safe: string; readonly isSame: boolean };
type Found = { readonly path: Buffer; readonly name: Name; readonly stats: Stats };

class Listing {
  readonly entries: OutputEntry[] = [];
  readonly #limits: OutputLimits;
  readonly #warnings: Warnings;
  #seen = 0;
  #bytes = 0;
  #nameBytes = 0;

  constructor(limits: OutputLimits, warnings: Warnings) {
    this.#limits = limits;
    this.#warnings = warnings;
  }

  /** The names in a folder, in byte order, those that can stay as they are first, so that they do. */
  async namesIn(parent: Parent): Promise<Name[]> {
    const names: Name[] = [];
    try {
      const opened = await opendir(parent.path as unknown as string, { encoding: 'buffer' as BufferEncoding, bufferSize: 256 });
      for await (const entry of opened) {
        // Also what is left out later counts: a million links must not fill the memory.
        if (++this.#seen > this.#limits.entriesMax) throw tooMany(this.#limits.entriesMax);
        const raw = entry.name as unknown as Buffer;
        const safe = outputName(raw);
        this.#nameBytes += DIRECTORY_RECORD_BYTES + Buffer.byteLength(parent.name) + Buffer.byteLength(safe);
        if (this.#nameBytes > DIRECTORY_BYTES_MAX) throw tooLong();
        names.push({ raw, safe, isSame: Buffer.from(safe).equals(raw) });
      }
    } catch (error) {
      throw asRefusal(error, parent.name);
    }
    return names.sort((a, b) => Number(b.isSame) - Number(a.isSame) || Buffer.compare(a.raw, b.raw));
  }

  async look(parent: Parent, name: Name): Promise<Found> {
    const path = Buffer.concat([parent.path, SLASH, name.raw]);
    try {
      return { path, name, stats: await statLink(path) };
    } catch (error) {
      throw asRefusal(error, parent.name + name.safe);
    }
  }

  add(found: Found, parent: Parent, folders: Parent[]): void {
    const { path, stats } = found;
    const isFolder = stats.isDirectory();
    const shown = quoteName(parent.name + found.name.safe);
    if (!isFolder && !stats.isFile()) {
      this.#warnings.add(`${shown} was left out: it is ${stats.isSymbolicLink() ? 'a symbolic link' : 'no regular file'}.`);
      return;
    }
    const { name, isOdd } = this.#nameOf(found.name, parent, isFolder);
    const bytes = isFolder ? 0 : stats.size;
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.contentBytesMax) throw tooLarge(this.#limits.contentBytesMax);
    this.entries.push({ path, name, isFolder, changed: stats.mtime, bytes });
    if (isFolder) folders.push({ path, name, isOdd, alike: new Map() });
  }

  /** A name that no other entry has; odd ones are kept, with a warning at the first part that is odd. */
  #nameOf({ safe, isSame }: Name, parent: Parent, isFolder: boolean): { name: string; isOdd: boolean } {
    parent.taken ??= new Set();
    parent.folded ??= new Set();
    const wanted = parent.name === '' ? safe.replace(/^([A-Za-z]):/, '$1%3A') : safe;
    const part = freeName(wanted, parent.taken, parent.alike);
    parent.taken.add(part);
    const name = `${parent.name}${part}${isFolder ? '/' : ''}`;
    if (!isSame || part !== safe)
      this.#warnings.add(`A name is written as ${quoteName(name)}: it has characters that are not safe in a zip.`);
    const folded = fold(part);
    if (parent.folded.has(folded)) this.#warnings.add(`${quoteName(name)} differs from another name only in case or accents.`);
    parent.folded.add(folded);
    const oddity = parent.isOdd ? null : oddityOf(name);
    if (oddity !== null) this.#warnings.add(`${oddity} It was kept, but other systems may not accept it.`);
    return { name, isOdd: parent.isOdd || oddity !== null };
  }
}

/** A name that is not taken. `alike` has how many were made of each: to count from the first anew would take hours for names made to be alike. */
function freeName(wanted: string, taken: ReadonlySet<string>, alike: Map<string, number>): string {
  if (!taken.has(wanted)) return wanted;
  let count = alike.get(wanted) ?? 0;
  let name: string;
  do {
    count += 1;
    name = count === 1 ? `${wanted}~` : `${wanted}~${count}`;
  } while (taken.has(name));
  alike.set(wanted, count);
  return name;
}

/** What our own check of inputs would say of a name, or null. */
function oddityOf(name: string): string | null {
  try {
    checkName(name, ZIP_LIMITS);
    return null;
  } catch (refusal) {
    return (refusal as Error).message;
  }
}

/** The refusal for a file system's error that a model can cause; other errors are outages and stay what they are. */
export function asRefusal(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const shown = name === '' ? 'The output folder' : quoteName(name);
  if (code === 'EACCES' || code === 'EPERM') return new OutputRefused(`${shown} cannot be read: the model must leave its output readable.`);
  if (code === 'ENAMETOOLONG') return new OutputRefused(`${shown} lies too deep: its path is longer than this system can open.`);
  // The folder itself is ours: when it is gone, that is no doing of the model.
  if (name === '') return error;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') return changed(name);
  return error;
}

/** The refusal for output that changes while it is collected. */
export function changed(name: string): OutputRefused {
  return new OutputRefused(`${quoteName(name)} changed while the output was collected.`);
}

/** The refusal for too much content. */
export function tooLarge(bytesMax: number): OutputRefused {
  return new OutputRefused(`The output is larger than the ${bytesMax} bytes that are allowed: write less to /output.`);
}

function tooLong(): OutputRefused {
  return new OutputRefused(
    `The names of the output's files and folders, with the folders they lie in, take more than the ${DIRECTORY_BYTES_MAX} bytes that are allowed: write fewer, or shorter ones.`,
  );
}

function tooMany(entriesMax: number): OutputRefused {
  return new OutputRefused(`The output has more than the ${entriesMax} files and folders that are allowed: write fewer to /output.`);
}

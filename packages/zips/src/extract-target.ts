import { chmod, close, constants, fchmod, lstat, mkdir, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { METHOD_STORED } from './check-entry.ts';
import type { ZipEntry } from './read-directory.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const setMode = promisify(fchmod);
const setFolderMode = promisify(chmod);
const makeFolder = promisify(mkdir);
const statLink = promisify(lstat);
const writeBytes = promisify(write);

/** New files only, never through a link: whatever lies there already is not ours. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
/** How many small files are written at the same time. */
const WRITES_MAX = 16;

/** A folder that a zip is extracted into. Names must have been checked: they are joined to the folder as they are. */
export class ExtractTarget {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;
  /** Folders made by this extraction; only through these are files created. */
  readonly #made = new Set<string>(['']);
  readonly #writes = new Set<Promise<void>>();
  /** The umask takes bits away from new files; then modes are set once more. */
  readonly #isMasked = (process.umask() & FOLDER_MODE) !== 0;
  #failure: unknown = null;

  constructor(folder: string, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Makes the folder unless it is there; a link in its place is refused. */
  async makeRoot(): Promise<void> {
    this.#signal?.throwIfAborted();
    try {
      await makeFolder(this.#folder, FOLDER_MODE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!(await statLink(this.#folder)).isDirectory()) throw error;
    }
  }

  /** Makes a folder and those above it. */
  async makeFolders(name: string): Promise<void> {
    const folder = name.endsWith('/') ? name.slice(0, -1) : name;
    if (this.#made.has(folder)) return;
    await this.makeFolders(parentOf(folder));
    await makeFolder(this.#pathOf(folder), FOLDER_MODE);
    if (this.#isMasked) await setFolderMode(this.#pathOf(folder), FOLDER_MODE);
    this.#made.add(folder);
  }

  /** Begins to write a small file; several are written at once, and a failure shows at the next call or at `settle`. */
  async writeSmall(entry: ZipEntry, content: Buffer): Promise<void> {
    this.#throwIfOver();
    await this.makeFolders(parentOf(entry.name));
    // A stored file is a slice of the reader's window, which moves on.
    const own = entry.method === METHOD_STORED ? Buffer.from(content) : content;
    const writing = this.#writeWhole(entry.name, own).catch((error) => {
      this.#failure ??= error;
    });
    const tracked = writing.finally(() => this.#writes.delete(tracked));
    this.#writes.add(tracked);
    if (this.#writes.size >= WRITES_MAX) await Promise.race(this.#writes);
  }

  /** Opens a large file for writing piece by piece. */
  async open(entry: ZipEntry): Promise<{ take(piece: Buffer): Promise<void>; close(): Promise<void> }> {
    this.#throwIfOver();
    await this.makeFolders(parentOf(entry.name));
    const fd = await this.#create(entry.name);
    return {
      take: async (piece) => {
        this.#signal?.throwIfAborted();
        await writeAll(fd, piece);
      },
      close: () => closeFile(fd),
    };
  }

  /** Waits until nothing is being written any more; rejects when something could not be written. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
    this.#throwIfOver();
  }

  #throwIfOver(): void {
    this.#signal?.throwIfAborted();
    if (this.#failure !== null) throw this.#failure;
  }

  async #writeWhole(name: string, content: Buffer): Promise<void> {
    const fd = await this.#create(name);
    try {
      await writeAll(fd, content);
    } finally {
      await closeFile(fd);
    }
  }

  async #create(name: string): Promise<number> {
    const fd = await openFile(this.#pathOf(name), CREATE, FILE_MODE);
    if (this.#isMasked) await setMode(fd, FILE_MODE);
    return fd;
  }

  #pathOf(name: string): string {
    return `${this.#folder}/${name}`;
  }
}

async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeBytes(fd, bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

/** The folder that a name lies in; the empty name is the target itself. */
function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

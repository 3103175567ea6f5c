import { createHash, randomBytes } from 'node:crypto';
import { copyFile, type FileHandle, link, mkdir, open, readdir, readFile as readWhole, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { uploadTooLarge } from '@inference/domain';
import type { ByteRange, FileStore, ReceivedFile, Space, StoredFile, Take } from './file-store.ts';
import { readFile } from './read-file.ts';

/** Bytes gathered before they are written: fewer, larger writes are what makes a gigabyte quick. */
const WRITE_BYTES = 1024 * 1024;
/** After so many bytes, the kernel is asked to begin writing them out, so that the final fsync has little left to do. */
const FLUSH_BYTES = 64 * 1024 * 1024;
/** Keys asked about at once while sweeping. */
const SWEEP_BATCH = 500;
/** What holds the id of the store, beside its folders. */
const ID_FILE = 'store-id';
const KINDS = ['inputs', 'outputs', 'models'] as const;
/** A key: a folder of ours, then a name without any special meaning. */
const KEY_PATTERN = /^(inputs|outputs|models)\/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/**
 * Keeps files in a folder on this machine: `tmp/` for what is still arriving, and one folder per kind of key. Made by `openDiskFileStore`.
 */
class DiskFileStore implements FileStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async receive(body: Readable, bytesMax: number): Promise<ReceivedFile> {
    const path = this.#temporaryPath();
    try {
      const { bytes, sha256 } = await write(path, body, bytesMax);
      const keep = async (key: string): Promise<StoredFile> => {
        const target = this.#path(key);
        await rename(path, target);
        await syncFolder(dirname(target));
        return { key, bytes, sha256 };
      };
      return { bytes, sha256, path, keep, discard: () => rm(path, { force: true }) };
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async read(key: string, take: Take, range?: ByteRange): Promise<boolean> {
    const file = await open(this.#path(key)).catch(missing);
    if (file === null) return false;
    try {
      await readFile(file, take, range);
      return true;
    } finally {
      await file.close();
    }
  }

  async size(key: string): Promise<number | null> {
    return (await stat(this.#path(key)).catch(missing))?.size ?? null;
  }

  async copyTo(key: string, path: string): Promise<void> {
    const source = this.#path(key);
    await link(source, path).catch(async (error: NodeJS.ErrnoException) => {
      // Another file system, or one without hard links.
      if (error.code !== 'EXDEV' && error.code !== 'EPERM' && error.code !== 'EMLINK') throw error;
      await copyFile(source, path);
    });
  }

  async copy(key: string, newKey: string): Promise<boolean> {
    // Under a temporary name first: a copy that was cut off never has a key.
    const path = this.#temporaryPath();
    try {
      await this.copyTo(key, path);
      await renewAndSync(path);
      const target = this.#path(newKey);
      await rename(path, target);
      await syncFolder(dirname(target));
      return true;
    } catch (error) {
      await rm(path, { force: true });
      return missing(error as NodeJS.ErrnoException) !== null;
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async id(): Promise<string | null> {
    const text = await readWhole(join(this.#root, ID_FILE), 'utf8').catch(missing);
    return text?.trim() || null;
  }

  async claimId(id: string): Promise<string> {
    // Whole before it has its name, and never put in another's place: others may claim the store at the same time.
    const path = this.#temporaryPath();
    await writeDurably(path, `${id}\n`);
    const target = join(this.#root, ID_FILE);
    await link(path, target).catch(async (error: NodeJS.ErrnoException) => {
      // On a file system without hard links, two who claim at the very same time may disagree: then one of them says so and waits.
      if (error.code === 'EPERM' && (await this.id()) === null) await rename(path, target);
      else if (error.code !== 'EEXIST' && error.code !== 'EPERM') throw error;
    });
    await rm(path, { force: true });
    await syncFolder(this.#root);
    return (await this.id()) ?? id;
  }

  async isEmpty(): Promise<boolean> {
    const names = await Promise.all(KINDS.map((kind) => readdir(join(this.#root, kind))));
    return names.flat().length === 0;
  }

  async space(): Promise<Space> {
    // What only root may fill counts as full.
    const { bsize, blocks, bavail } = await statfs(this.#root);
    return { bytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  async probe(): Promise<void> {
    const path = this.#temporaryPath();
    try {
      await writeDurably(path, path);
      if ((await readWhole(path, 'utf8')) !== path) throw new Error('what was written to the file store is not what is read');
    } finally {
      await rm(path, { force: true });
    }
  }

  async sweep(ageMs: number, isReferenced: (keys: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number> {
    let gone = 0;
    for (const kind of ['tmp', ...KINDS]) {
      const old = await this.#olderThan(kind, ageMs);
      for (let at = 0; at < old.length; at += SWEEP_BATCH) {
        const batch = old.slice(at, at + SWEEP_BATCH);
        const kept = kind === 'tmp' ? new Set<string>() : await isReferenced(batch);
        const orphans = batch.filter((key) => !kept.has(key));
        await Promise.all(orphans.map((key) => rm(join(this.#root, key), { force: true })));
        gone += orphans.length;
      }
    }
    return gone;
  }

  async #olderThan(kind: string, ageMs: number): Promise<string[]> {
    const limit = Date.now() - ageMs;
    const old: string[] = [];
    for (const name of await readdir(join(this.#root, kind))) {
      const path = join(this.#root, kind, name);
      const found = await stat(path).catch(missing);
      if (found !== null && found.mtimeMs < limit) old.push(relative(this.#root, path));
    }
    return old;
  }

  #temporaryPath(): string {
    return join(this.#root, 'tmp', randomBytes(16).toString('hex'));
  }

  #path(key: string): string {
    if (!KEY_PATTERN.test(key)) throw new Error(`not a key: ${JSON.stringify(key)}`);
    return join(this.#root, key);
  }
}

/** Opens (and makes, where needed) a file store in a folder. */
export async function openDiskFileStore(root: string): Promise<FileStore> {
  for (const kind of ['tmp', ...KINDS]) await mkdir(join(root, kind), { recursive: true, mode: 0o700 });
  return new DiskFileStore(root);
}

/** What a body came to. */
type Written = { readonly bytes: number; readonly sha256: string };

async function write(path: string, body: Readable, bytesMax: number): Promise<Written> {
  const file = await open(path, 'wx', 0o600);
  const writer = new Writer(file);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw uploadTooLarge(bytesMax);
      hash.update(chunk);
      await writer.add(chunk);
    }
    await writer.finish();
    await file.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await writer.settled();
    await file.close();
  }
}

/** Writes gathered chunks while the next ones are received: one write and one early flush are under way at most. */
class Writer {
  readonly #file: FileHandle;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #unflushedBytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #flushing: Promise<void> | null = null;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(chunk: Buffer): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= WRITE_BYTES) await this.#write();
  }

  /** Resolves once everything is written; rejects if a write failed. */
  async finish(): Promise<void> {
    await this.#write();
    await this.#writing;
  }

  /** Resolves once nothing uses the file any more, whatever became of it. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#flushing;
  }

  async #write(): Promise<void> {
    await this.#writing;
    const buffers = this.#gathered;
    this.#unflushedBytes += this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (buffers.length === 0) return;
    this.#writing = this.#file.writev(buffers);
    // Whoever waits for it next hears of a failure; until then it is not unhandled.
    this.#writing.catch(() => {});
    if (this.#unflushedBytes >= FLUSH_BYTES && this.#flushing === null) this.#flush();
  }

  #flush(): void {
    this.#unflushedBytes = 0;
    // Failures show at the final sync, which is the one that counts.
    this.#flushing = this.#file
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.#flushing = null;
      });
  }
}

/** A sweep goes by the age: what is only now wanted once more is not old. */
async function renewAndSync(path: string): Promise<void> {
  const file = await open(path);
  try {
    const now = new Date();
    await file.utimes(now, now);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without this, a power cut may forget the name of a file whose content is safe. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

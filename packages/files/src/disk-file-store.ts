import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Disk, nodeDisk, type OpenFile } from '@inference/disk';
import { type NewId, newId, uploadTooLarge } from '@inference/domain';
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
  readonly #disk: Disk;
  readonly #root: string;
  readonly #newId: NewId;

  constructor(disk: Disk, root: string, newId: NewId) {
    this.#disk = disk;
    this.#root = root;
    this.#newId = newId;
  }

  async receive(body: Readable, bytesMax: number): Promise<ReceivedFile> {
    const path = this.#temporaryPath();
    try {
      const { bytes, sha256 } = await write(this.#disk, path, body, bytesMax);
      const keep = async (key: string): Promise<StoredFile> => {
        const target = this.#path(key);
        await this.#disk.rename(path, target);
        await this.#disk.syncFolder(dirname(target));
        return { key, bytes, sha256 };
      };
      return { bytes, sha256, path, keep, discard: () => this.#disk.remove(path) };
    } catch (error) {
      await this.#disk.remove(path);
      throw error;
    }
  }

  async read(key: string, take: Take, range?: ByteRange): Promise<boolean> {
    const file = await this.#disk.open(this.#path(key));
    if (file === null) return false;
    try {
      await readFile(file, take, range);
      return true;
    } finally {
      await file.close();
    }
  }

  async size(key: string): Promise<number | null> {
    return (await this.#disk.find(this.#path(key)))?.bytes ?? null;
  }

  async copyTo(key: string, path: string): Promise<void> {
    const source = this.#path(key);
    await this.#disk.link(source, path).catch(async (error: NodeJS.ErrnoException) => {
      // Another file system, or one without hard links.
      if (error.code !== 'EXDEV' && error.code !== 'EPERM' && error.code !== 'EMLINK') throw error;
      await this.#disk.copyFile(source, path);
    });
  }

  async copy(key: string, newKey: string): Promise<boolean> {
    // Under a temporary name first: a copy that was cut off never has a key.
    const path = this.#temporaryPath();
    try {
      await this.copyTo(key, path);
      await this.#renewAndSync(path);
      const target = this.#path(newKey);
      await this.#disk.rename(path, target);
      await this.#disk.syncFolder(dirname(target));
      return true;
    } catch (error) {
      await this.#disk.remove(path);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#disk.remove(this.#path(key));
  }

  async id(): Promise<string | null> {
    const text = await this.#disk.readText(join(this.#root, ID_FILE));
    return text?.trim() || null;
  }

  async claimId(id: string): Promise<string> {
    // Whole before it has its name, and never put in another's place: others may claim the store at the same time.
    const path = this.#temporaryPath();
    await this.#writeNew(path, `${id}\n`);
    const target = join(this.#root, ID_FILE);
    await this.#disk.link(path, target).catch(async (error: NodeJS.ErrnoException) => {
      // On a file system without hard links, two who claim at the very same time may disagree: then one of them says so and waits.
      if (error.code === 'EPERM' && (await this.id()) === null) await this.#disk.rename(path, target);
      else if (error.code !== 'EEXIST' && error.code !== 'EPERM') throw error;
    });
    await this.#disk.remove(path);
    await this.#disk.syncFolder(this.#root);
    return (await this.id()) ?? id;
  }

  async isEmpty(): Promise<boolean> {
    const names = await Promise.all(KINDS.map((kind) => this.#disk.list(join(this.#root, kind))));
    return names.flat().length === 0;
  }

  space(): Promise<Space> {
    return this.#disk.space(this.#root);
  }

  async probe(): Promise<void> {
    const path = this.#temporaryPath();
    try {
      await this.#writeNew(path, path);
      if ((await this.#disk.readText(path)) !== path) throw new Error('what was written to the file store is not what is read');
    } finally {
      await this.#disk.remove(path);
    }
  }

  async sweep(ageMs: number, isReferenced: (keys: readonly string[]) => Promise<ReadonlySet<string>>, stop?: AbortSignal): Promise<number> {
    let gone = 0;
    let failure: PromiseRejectedResult | undefined;
    for (const kind of ['tmp', ...KINDS]) {
      const old = await this.#olderThan(kind, ageMs, stop);
      for (let at = 0; at < old.length && !stop?.aborted; at += SWEEP_BATCH) {
        const batch = old.slice(at, at + SWEEP_BATCH);
        const kept = kind === 'tmp' ? new Set<string>() : await isReferenced(batch);
        const orphans = batch.filter((key) => !kept.has(key));
        const removals = await Promise.allSettled(orphans.map((key) => this.#disk.remove(join(this.#root, key))));
        gone += removals.filter(({ status }) => status === 'fulfilled').length;
        failure ??= removals.find((removal) => removal.status === 'rejected');
      }
    }
    if (failure !== undefined) throw failure.reason;
    return gone;
  }

  async #olderThan(kind: string, ageMs: number, stop?: AbortSignal): Promise<string[]> {
    const old: string[] = [];
    for (const name of await this.#disk.list(join(this.#root, kind))) {
      if (stop?.aborted) return [];
      const found = await this.#disk.find(join(this.#root, kind, name));
      if (found !== null && found.ageMs > ageMs) old.push(`${kind}/${name}`);
    }
    return old;
  }

  /** A sweep goes by the age: what is only now wanted once more is not old. */
  async #renewAndSync(path: string): Promise<void> {
    await this.#disk.touch(path);
    const file = await this.#disk.open(path);
    try {
      await file?.sync();
    } finally {
      await file?.close();
    }
  }

  async #writeNew(path: string, content: string): Promise<void> {
    const file = await this.#disk.create(path);
    try {
      await file.write([Buffer.from(content)]);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #temporaryPath(): string {
    return join(this.#root, 'tmp', this.#newId());
  }

  #path(key: string): string {
    if (!KEY_PATTERN.test(key)) throw new Error(`not a key: ${JSON.stringify(key)}`);
    return join(this.#root, key);
  }
}

/** Opens (and makes, where needed) a file store in a folder. */
export async function openDiskFileStore(root: string, disk: Disk = nodeDisk, names: NewId = newId): Promise<FileStore> {
  for (const kind of ['tmp', ...KINDS]) await disk.makeFolder(join(root, kind), 0o700);
  // Else a power cut may forget the folders, with all that is safe in them.
  await disk.syncFolder(root);
  return new DiskFileStore(disk, root, names);
}

/** What a body came to. */
type Written = { readonly bytes: number; readonly sha256: string };

async function write(disk: Disk, path: string, body: Readable, bytesMax: number): Promise<Written> {
  const file = await disk.create(path);
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
  readonly #file: OpenFile;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #unflushedBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | null = null;
  #flushFailure: Error | null = null;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  async add(chunk: Buffer): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= WRITE_BYTES) await this.#write();
  }

  /** Resolves once everything is written; rejects if a write or an early flush failed. */
  async finish(): Promise<void> {
    await this.#write();
    await this.#writing;
    await this.#flushing;
    if (this.#flushFailure !== null) throw this.#flushFailure;
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
    this.#writing = this.#file.write(buffers);
    // Whoever waits for it next hears of a failure; until then it is not unhandled.
    this.#writing.catch(() => {});
    if (this.#unflushedBytes >= FLUSH_BYTES && this.#flushing === null) this.#flush();
  }

  #flush(): void {
    this.#unflushedBytes = 0;
    // The kernel tells of bytes that it could not write out only once: after a failure here, the final sync says that all is well.
    this.#flushing = this.#file
      .sync()
      .catch((error: Error) => {
        this.#flushFailure ??= error;
      })
      .finally(() => {
        this.#flushing = null;
      });
  }
}

import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { ZipRefusal } from './zip-refusal.ts';

const openFile = promisify(open);
const statFile = promisify(fstat);
const closeFile = promisify(close);

/** What one read fetches, in bytes: large enough that many small entries cost one read, small enough for the cache. */
export const WINDOW_BYTES = 1024 * 1024;

/**
 * The bytes of a zip file, seen through one reused window. A slice is valid until the next `load`:
 * whoever keeps one longer must copy it.
 */
export class ZipBytes {
  readonly size: number;
  readonly #fd: number;
  readonly #window: Buffer;
  #start = 0;
  #filled = 0;

  private constructor(fd: number, size: number) {
    this.#fd = fd;
    this.size = size;
    this.#window = Buffer.allocUnsafeSlow(Math.min(WINDOW_BYTES, size));
  }

  /** Opens a regular file; rejects with the system's error when it cannot. */
  static async open(path: string): Promise<ZipBytes> {
    // Non-blocking: opening a pipe must fail the check below, not hang.
    const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await statFile(fd);
      if (!stats.isFile()) throw new Error('a zip must be a regular file');
      return new ZipBytes(fd, stats.size);
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
  }

  async close(): Promise<void> {
    await closeFile(this.#fd);
  }

  /** `length` bytes at `at` when they lie in the window, else null. */
  view(at: number, length: number): Buffer | null {
    const from = at - this.#start;
    if (from < 0 || from + length > this.#filled) return null;
    return this.#window.subarray(from, from + length);
  }

  /** Moves the window so that it starts at `at`, and gives its first `length` bytes (at most WINDOW_BYTES). */
  async load(at: number, length: number): Promise<Buffer> {
    if (at + length > this.size) throw new ZipRefusal('zip_truncated', 'The zip is cut short: an entry goes beyond the end of the file.');
    const wanted = Math.min(this.#window.length, this.size - at);
    this.#filled = 0;
    await this.readInto(this.#window.subarray(0, wanted), at);
    this.#start = at;
    this.#filled = wanted;
    return this.#window.subarray(0, length);
  }

  /** Fills `target` with the bytes from `at` on. */
  async readInto(target: Buffer, at: number): Promise<void> {
    let done = 0;
    while (done < target.length) {
      const count = await this.#read(target, done, at + done);
      if (count === 0) throw new ZipRefusal('zip_truncated', 'The zip became shorter while it was read.');
      done += count;
    }
  }

  // The callback form: a promise of node:fs/promises costs twice as much per call, and a small zip is few calls.
  #read(target: Buffer, offset: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#fd, target, offset, target.length - offset, position, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }
}

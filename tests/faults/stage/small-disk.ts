import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MIB = 1024 ** 2;
const PIECE = Buffer.alloc(MIB, 1);

/** A file system of its own, so small that it can be filled. */
export class SmallDisk {
  readonly folder: string;
  readonly #image: string;

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.#image = image;
  }

  /** Makes one and mounts it on a folder that exists. @param image where its bytes go */
  static async mount(folder: string, image: string, mib: number): Promise<SmallDisk> {
    await run('truncate', ['-s', `${mib}M`, image]);
    // No room that only root may use: the services of this stage run as root.
    await run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image]);
    await run('mount', ['-o', 'loop', image, folder]);
    await run('chmod', ['711', folder]);
    return new SmallDisk(folder, image);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  /** Fills it, but for so many bytes. */
  async fill(leftBytes = 0): Promise<void> {
    const file = await open(join(this.folder, 'filling'), 'a');
    try {
      for (;;) {
        const free = (await this.freeBytes()) - leftBytes;
        if (free <= 0) return;
        await file.write(PIECE, 0, Math.min(PIECE.length, free));
        await file.datasync();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** Makes room again. */
  async free(): Promise<void> {
    await rm(join(this.folder, 'filling'), { force: true });
  }

  async close(): Promise<void> {
    await run('umount', ['--lazy', this.folder]);
    await rm(this.#image, { force: true });
  }
}

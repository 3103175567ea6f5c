import { copyFile, type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import type { Disk, OpenFile } from './disk.ts';
import { makeRemovable } from './make-removable.ts';

/** What is said of a folder that its owner may not look into, or change (only root passes by), and of one that is too deep for a path. */
const CLOSED_OR_DEEP: readonly string[] = ['EACCES', 'EPERM', 'ENAMETOOLONG'];

/** The file system of this machine. */
export const nodeDisk: Disk = {
  async makeFolder(path, mode = 0o777) {
    await mkdir(path, { recursive: true, mode });
  },
  list: (path) => readdir(path),
  async find(path) {
    const found = await stat(path).catch(missing);
    return found === null ? null : { isFolder: found.isDirectory(), bytes: found.size, ageMs: Date.now() - found.mtimeMs };
  },
  create: async (path) => openFile(await open(path, 'wx', 0o600)),
  async open(path) {
    const file = await open(path).catch(missing);
    return file === null ? null : openFile(file);
  },
  readText: (path) => readFile(path, 'utf8').catch(missing),
  rename,
  link,
  copyFile: (from, to) => copyFile(from, to),
  async remove(path) {
    try {
      await rm(path, { recursive: true, force: true });
    } catch (error) {
      if (!CLOSED_OR_DEEP.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await makeRemovable(path);
      await rm(path, { recursive: true, force: true });
    }
  },
  async touch(path) {
    const now = new Date();
    await utimes(path, now, now);
  },
  async syncFolder(path) {
    const folder = await open(path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  async space(path) {
    // What only root may fill counts as full.
    const { bsize, blocks, bavail } = await statfs(path);
    return { bytes: blocks * bsize, freeBytes: bavail * bsize };
  },
};

function openFile(file: FileHandle): OpenFile {
  return {
    async write(pieces) {
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const { bytesWritten } = await file.writev(pieces);
      // A disk that fills up takes a part and says nothing: writing the rest tells.
      if (bytesWritten < bytes) await file.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
    },
    sync: () => file.sync(),
    read: async (into, position) => (await file.read(into, 0, into.length, position)).bytesRead,
    bytes: async () => (await file.stat()).size,
    close: () => file.close(),
  };
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

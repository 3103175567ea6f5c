import { constants, lstat } from 'node:fs';
import { chmod, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OutputLimits } from '@inference/domain';

/** Several times as fast as the one of fs/promises. */
const statLink = promisify(lstat);
/** How many files are looked at at the same time. */
const LOOKS_MAX = 16;
/** How many names are read at a time. */
const NAMES_AT_A_TIME = 1_024;
/** What file systems count space in, in bytes (st_blocks). */
const BLOCK_BYTES = 512;
/** What a model can do to a path while it is looked at, and what it can make unreadable. */
const OF_THE_MODEL: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM'];
/** open(2): the file itself is not opened, which needs no right to read it. Node has no name for it. */
const O_PATH = 0o10000000;
const OWNERS_MODE = 0o700;

/**
 * Whether a model that still runs has written more than it may: more bytes, or more files and folders. Links are never followed; what comes
 * and goes meanwhile is passed over. It looks no further than the limits: a folder with millions of files costs no more than those allowed.
 * Folders that are too deep to be looked at are too much, as no output with them can be collected.
 */
export async function isOverLimits(folder: string, limits: OutputLimits): Promise<boolean> {
  try {
    return await isTooMuch(folder, limits);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return true;
    throw error;
  }
}

async function isTooMuch(folder: string, { contentBytesMax, entriesMax }: OutputLimits): Promise<boolean> {
  const folders = [folder];
  if ((await look(folder)).isClosed) await openToOwner(folder);
  let [entries, bytes] = [0, 0];
  // A stack, not recursion: the depth is the model's choice.
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    const names = await namesIn(path, entriesMax - entries + 1);
    entries += names.length;
    if (entries > entriesMax) return true;
    for (let at = 0; at < names.length; at += LOOKS_MAX) {
      const looks = names.slice(at, at + LOOKS_MAX).map((name) => look(join(path, name)));
      for (const found of await Promise.all(looks)) {
        bytes += found.bytes;
        if (found.isClosed) await openToOwner(found.path);
        if (found.isFolder) folders.push(found.path);
      }
      if (bytes > contentBytesMax) return true;
    }
  }
  return false;
}

async function namesIn(path: string, countMax: number): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(path, { bufferSize: NAMES_AT_A_TIME })) {
      names.push(name);
      if (names.length >= countMax) break;
    }
  } catch (error) {
    passOver(error);
  }
  return names;
}

/**
 * A model that is the same user as this process could write without end where it has shut both out; root sees all there is. By its descriptor: what
 * the model may put in its place meanwhile stays as it is.
 */
async function openToOwner(path: string): Promise<void> {
  if (process.getuid?.() === 0 && process.geteuid?.() === 0) return;
  try {
    const folder = await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const { mode } = await folder.stat();
      await chmod(`/proc/self/fd/${folder.fd}`, (mode & 0o777) | OWNERS_MODE);
    } finally {
      await folder.close();
    }
  } catch (error) {
    passOver(error);
  }
}

type Look = {
  readonly path: string;
  readonly isFolder: boolean;
  /** A folder that its owner has closed, at least in part. */
  readonly isClosed: boolean;
  readonly bytes: number;
};

async function look(path: string): Promise<Look> {
  try {
    const found = await statLink(path);
    const isFolder = found.isDirectory();
    const isClosed = isFolder && (found.mode & OWNERS_MODE) !== OWNERS_MODE;
    // Room that was taken and not written yet counts, and so does a hole: the zip would have to hold it.
    return { path, isFolder, isClosed, bytes: found.isFile() ? Math.max(found.size, found.blocks * BLOCK_BYTES) : 0 };
  } catch (error) {
    passOver(error);
    return { path, isFolder: false, isClosed: false, bytes: 0 };
  }
}

function passOver(error: unknown): void {
  if (!OF_THE_MODEL.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

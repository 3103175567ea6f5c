import { lstat } from 'node:fs';
import { opendir } from 'node:fs/promises';
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
/** What a model can do to a path while it is looked at, and what it can make unreadable or too long. */
const OF_THE_MODEL: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'];

/**
 * Whether a model that still runs has written more than it may: more bytes, or more files and folders. Links are never followed; what comes
 * and goes meanwhile is passed over. It looks no further than the limits: a folder with millions of files costs no more than those allowed.
 */
export async function isOverLimits(folder: string, { contentBytesMax, entriesMax }: OutputLimits): Promise<boolean> {
  const folders = [folder];
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

async function look(path: string): Promise<{ path: string; isFolder: boolean; bytes: number }> {
  try {
    const found = await statLink(path);
    const isFolder = found.isDirectory();
    // Room that was taken and not written yet counts, and so does a hole: the zip would have to hold it.
    return { path, isFolder, bytes: found.isFile() ? Math.max(found.size, found.blocks * BLOCK_BYTES) : 0 };
  } catch (error) {
    passOver(error);
    return { path, isFolder: false, bytes: 0 };
  }
}

function passOver(error: unknown): void {
  if (!OF_THE_MODEL.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

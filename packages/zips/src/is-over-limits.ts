import { constants, lstat } from 'node:fs';
import { chmod, open, opendir } from 'node:fs/promises';
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
/**
 * How often in one look what was opened may be found closed again. A model that closes its output as it ends does so once for a folder, and
 * hardly ever just while it is read; one that goes on until nothing is counted hides what it writes.
 */
const CLOSED_AGAIN_MAX = 16;
const SLASH = Buffer.from('/');
/** What a model can do to a path while it is looked at, and what it can make unreadable. */
const OF_THE_MODEL: readonly string[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM'];
/** open(2): the file itself is not opened, which needs no right to read it. Node has no name for it. */
const O_PATH = 0o10000000;
const OWNERS_MODE = 0o700;

/**
 * Whether a model that still runs has written more than it may: more bytes, or more files and folders. Links are never followed; what comes
 * and goes meanwhile is passed over. It looks no further than the limits: a folder with millions of files costs no more than those allowed.
 * Folders that are too deep to be looked at are too much, as no output with them can be collected; so are those of ours that are closed as often
 * as they are opened. Folders of others that are closed to us are passed over.
 */
export async function isOverLimits(folder: string, limits: OutputLimits): Promise<boolean> {
  try {
    return await isTooMuch(Buffer.from(folder), limits);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return true;
    throw error;
  }
}

async function isTooMuch(root: Buffer, { contentBytesMax, entriesMax }: OutputLimits): Promise<boolean> {
  const folders = [root];
  let [entries, bytes, closedAgain] = [0, 0, 0];
  // A stack, not recursion: the depth is the model's choice.
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    // Just before it is read: the longer it is open, the likelier the model closes it again.
    await openToOwner(path);
    const found = await contentOf(path, { contentBytesMax: contentBytesMax - bytes, entriesMax: entriesMax - entries });
    if (found === 'too much') return true;
    if (found !== 'closed') {
      entries += found.entries;
      bytes += found.bytes;
      for (const folder of found.folders) folders.push(folder);
    } else if (await openDownTo(path, root)) {
      closedAgain += 1;
      if (closedAgain > CLOSED_AGAIN_MAX) return true;
      folders.push(path);
    }
  }
  return false;
}

/** Paths are bytes, for names need not be UTF-8. */
type Content = { readonly entries: number; readonly bytes: number; readonly folders: readonly Buffer[] };

/** What is in a folder itself; 'closed' where we may not see all of it. */
async function contentOf(path: Buffer, { contentBytesMax, entriesMax }: OutputLimits): Promise<Content | 'too much' | 'closed'> {
  const names = await namesIn(path, entriesMax + 1);
  if (names === 'closed') return 'closed';
  if (names.length > entriesMax) return 'too much';
  const folders: Buffer[] = [];
  let bytes = 0;
  for (let at = 0; at < names.length; at += LOOKS_MAX) {
    const looks = names.slice(at, at + LOOKS_MAX).map((name) => look(Buffer.concat([path, SLASH, name])));
    for (const found of await Promise.all(looks)) {
      if (found === 'closed') return 'closed';
      bytes += found.bytes;
      if (found.isFolder) folders.push(found.path);
    }
    if (bytes > contentBytesMax) return 'too much';
  }
  return { entries: names.length, bytes, folders };
}

async function namesIn(path: Buffer, countMax: number): Promise<Buffer[] | 'closed'> {
  const names: Buffer[] = [];
  try {
    const opened = await opendir(path as unknown as string, { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_A_TIME });
    for await (const { name } of opened) {
      names.push(name as unknown as Buffer);
      if (names.length >= countMax) break;
    }
  } catch (error) {
    if (isClosed(error)) return 'closed';
    passOver(error);
  }
  return names;
}

/** Opens all folders from the root of the output down to this one. False where one of them is gone, or not ours to open. */
async function openDownTo(path: Buffer, root: Buffer): Promise<boolean> {
  const whole = Buffer.concat([path, SLASH]);
  for (let end = whole.indexOf(SLASH, root.length); end !== -1; end = whole.indexOf(SLASH, end + 1))
    if (!(await openToOwner(whole.subarray(0, end)))) return false;
  return true;
}

/**
 * A model that is the same user as this process could write without end where it has shut both out; root sees all there is. By its descriptor: what
 * the model may put in its place meanwhile stays as it is. False where the folder is gone, or not ours to open.
 */
async function openToOwner(path: Buffer): Promise<boolean> {
  if (process.getuid?.() === 0 && process.geteuid?.() === 0) return false;
  try {
    const { mode, uid } = await statLink(path);
    if (uid !== process.geteuid?.()) return false;
    if ((mode & OWNERS_MODE) === OWNERS_MODE) return true;
    const folder = await open(path, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await chmod(`/proc/self/fd/${folder.fd}`, ((await folder.stat()).mode & 0o777) | OWNERS_MODE);
    } finally {
      await folder.close();
    }
    return true;
  } catch (error) {
    passOver(error);
    // What it is in was closed again meanwhile.
    return isClosed(error);
  }
}

type Look = { readonly path: Buffer; readonly isFolder: boolean; readonly bytes: number };

async function look(path: Buffer): Promise<Look | 'closed'> {
  try {
    const found = await statLink(path);
    // Room that was taken and not written yet counts, and so does a hole: the zip would have to hold it.
    const bytes = found.isFile() ? Math.max(found.size, found.blocks * BLOCK_BYTES) : 0;
    return { path, isFolder: found.isDirectory(), bytes };
  } catch (error) {
    if (isClosed(error)) return 'closed';
    passOver(error);
    return { path, isFolder: false, bytes: 0 };
  }
}

function isClosed(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES';
}

function passOver(error: unknown): void {
  if (!OF_THE_MODEL.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

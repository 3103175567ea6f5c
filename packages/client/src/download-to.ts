import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { TransportError } from './errors.ts';
import type { Http } from './http.ts';
import { readZip } from './read-zip.ts';

/** What is on disk already is read again in pieces of so many bytes. */
const PIECE_BYTES = 1024 * 1024;
/** So much of the digest is in the name of a part, so that the part of another output is never taken for this one. */
const DIGEST_CHARS = 12;

export type Download = {
  readonly file: string;
  readonly bytes?: number | undefined;
  readonly sha256?: string | undefined;
  /** Hears how many bytes are there, those of earlier downloads included. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Where the bytes of a download are gathered until it is complete. */
export function partOf(file: string, sha256: string): string {
  return `${file}.${sha256.slice(0, DIGEST_CHARS)}.part`;
}

/**
 * Downloads a zip to a file. The bytes are gathered in a part beside it, which stays when the download stops and from which the next
 * one goes on; the file appears when all is there and the digest is right. Throws TransportError.
 */
export async function downloadTo(http: Http, path: string, download: Download): Promise<void> {
  const { file, sha256 = '', bytes = Number.POSITIVE_INFINITY, onProgress, signal } = download;
  const part = partOf(file, sha256);
  const hash = createHash('sha256');
  const handle = await open(part, 'a+', 0o644);
  let at = 0;
  try {
    at = sha256 === '' ? await emptied(handle) : await hashed(handle, hash);
    onProgress?.(at);
    if (at < bytes) {
      for await (const piece of readZip(http, path, { from: at, sha256: sha256 === '' ? undefined : sha256, signal })) {
        await handle.writeFile(piece);
        hash.update(piece);
        at += piece.length;
        onProgress?.(at);
      }
    }
    await handle.sync();
  } catch (error) {
    if (at === 0) await rm(part);
    throw error;
  } finally {
    await handle.close();
  }
  if (sha256 !== '' && hash.digest('hex') !== sha256) {
    await rm(part);
    throw new TransportError('What came is not what the server has: its digest is another one. Download it again.');
  }
  await rename(part, file);
}

async function emptied(handle: FileHandle): Promise<number> {
  await handle.truncate(0);
  return 0;
}

/** Hashes what is there, and answers how much that is. */
async function hashed(handle: FileHandle, hash: Hash): Promise<number> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let at = 0;
  for (;;) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return at;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
}

import { createHash } from 'node:crypto';
import { AppError } from '@inference/domain';
import type { Request, Response } from 'express';
import type { Deps } from './deps.ts';

export type FileToSend = { readonly key: string; readonly bytes: number; readonly sha256: string; readonly name: string };

/**
 * Sends a stored zip, or the one range of it that was asked for; honours `If-None-Match`, `If-Range` and HEAD. A whole zip whose content is
 * no longer what was stored cuts the connection before its end; who asks for ranges compares the whole with the ETag, which is its hash.
 */
export async function sendFile(deps: Deps, file: FileToSend, request: Request, response: Response): Promise<void> {
  const etag = `"${file.sha256}"`;
  response.set({
    'Content-Type': 'application/zip',
    'Content-Disposition': `attachment; filename="${file.name}"`,
    ETag: etag,
    'Accept-Ranges': 'bytes',
  });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const range = askedRange(file.bytes, etag, request);
  if (range === 'unsatisfiable') {
    response
      .status(416)
      .set({ 'Content-Range': `bytes */${file.bytes}` })
      .end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: file.bytes - 1 };
  if (range !== null) response.status(206).set({ 'Content-Range': `bytes ${start}-${end}/${file.bytes}` });
  response.set({ 'Content-Length': String(end - start + 1) });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const sent = range === null ? createHash('sha256') : null;
  let left = end - start + 1;
  // A client that went away is its own business: the rest is not read.
  const take = async (bytes: Buffer) => {
    sent?.update(bytes);
    left -= bytes.length;
    if (left === 0 && sent !== null && sent.digest('hex') !== file.sha256) throw new DamagedFile(file.key);
    await written(response, bytes);
    return !response.destroyed;
  };
  if (!(await deps.files.read(file.key, take, { start, end }))) throw new AppError('output_gone');
  response.end();
}

/** A stored file has another content than when it was stored. Its last piece is not sent: no answer with wrong bytes ends well. */
class DamagedFile extends Error {
  constructor(key: string) {
    super(`The stored file ${key} is not what was stored: its disk has damaged it. Restore it from a backup.`);
    this.name = 'DamagedFile';
  }
}

/** Resolves once the connection has taken the bytes, or is closed. */
function written(response: Response, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const settled = () => {
      response.off('close', settled);
      resolve();
    };
    response.once('close', settled);
    response.write(bytes, settled);
  });
}

/** One range, or null where the whole file is to be sent. Several ranges in one request are answered with the whole file. */
function askedRange(bytes: number, etag: string, request: Request): { start: number; end: number } | null | 'unsatisfiable' {
  const only = request.headers['if-range'];
  if (only !== undefined && only !== etag) return null;
  const ranges = request.range(bytes);
  if (ranges === undefined || ranges === -2) return null;
  if (ranges === -1) return 'unsatisfiable';
  const [first] = ranges;
  return ranges.type === 'bytes' && ranges.length === 1 && first !== undefined ? first : null;
}

import { pipeline } from 'node:stream/promises';
import { AppError } from '@inference/domain';
import type { Request, Response } from 'express';
import type { Deps } from './deps.ts';

export type FileToSend = { readonly key: string; readonly bytes: number; readonly sha256: string; readonly name: string };

/** Sends a stored zip, or the one range of it that was asked for; honours `If-None-Match`, `If-Range` and HEAD. */
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
  const body = await deps.files.open(file.key, { start, end });
  if (body === null) throw new AppError('output_gone');
  await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
    // The client went away: its business.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
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

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoredEntry } from '@inference/zips';
import type { Request, Response } from 'express';

/**
 * Sends one file of an output, as something to save: what a model wrote is never shown as a page of ours. A file that turns out to be
 * damaged cuts the connection.
 */
export async function sendContent(
  file: StoredEntry & { open(): AsyncIterable<Buffer> },
  request: Request,
  response: Response,
): Promise<void> {
  const name = file.path.split('/').at(-1) ?? '';
  response.attachment(name).set({
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(file.bytes),
    'Content-Security-Policy': 'sandbox',
    'X-Content-Type-Options': 'nosniff',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(Readable.from(file.open(), { objectMode: false }), response).catch((error: NodeJS.ErrnoException) => {
    // A client that went away is its own business.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

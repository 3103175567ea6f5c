import { PassThrough, type Readable } from 'node:stream';
import { AppError } from '@inference/domain';
import type { Request } from 'express';

/** The body as a stream of its own: whoever stops reading it early must not cut the connection before the answer is out. */
export function bodyOf(request: Request): Readable {
  const body = new PassThrough();
  // It may break off before anybody reads it; who reads it then is told all the same.
  body.on('error', () => {});
  const end = () => {
    if (!request.readableEnded) body.destroy(new AppError('upload_incomplete'));
  };
  request.once('close', end);
  // It closed before it was asked for, while something was looked up, and says so no second time.
  if (request.destroyed) end();
  // The request closes, too, and that says all.
  request.once('error', () => {});
  return request.pipe(body);
}

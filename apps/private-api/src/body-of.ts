import { PassThrough, type Readable } from 'node:stream';
import { AppError } from '@inference/domain';
import type { Request } from 'express';

/** The body as a stream of its own: whoever stops reading it early must not cut the connection before the answer is out. */
export function bodyOf(request: Request): Readable {
  const body = new PassThrough();
  // It may break off before anybody reads it; who reads it then is told all the same.
  body.on('error', () => {});
  request.once('close', () => {
    if (!request.complete) body.destroy(new AppError('upload_incomplete'));
  });
  // The request closes, too, and that says all.
  request.once('error', () => {});
  return request.pipe(body);
}

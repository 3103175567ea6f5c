import { AppError } from '@inference/domain';
import express, { type RequestHandler } from 'express';
import { acceptBody } from './accept-body.ts';

/** Reads the body of a message, as JSON of at most so many bytes. */
export function jsonBody(bytesMax: number): RequestHandler {
  const read = express.json({ limit: bytesMax, inflate: false });
  return (request, response, next) => {
    if (request.is('application/json') === false) throw new AppError('unsupported_media_type', 'Send the message as application/json.');
    acceptBody(request, response);
    read(request, response, (error: unknown) => next(translated(error, bytesMax)));
  };
}

function translated(error: unknown, bytesMax: number): unknown {
  const { type } = (error ?? {}) as { type?: string };
  if (type === 'entity.too.large')
    return new AppError('message_too_large', `The message is larger than ${bytesMax} bytes.`, { cause: error });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new AppError('unsupported_media_type', 'Send the message as UTF-8, not compressed.', { cause: error });
  }
  if (type === 'entity.parse.failed') return new AppError('bad_request', 'The message is not JSON.', { cause: error });
  return error;
}

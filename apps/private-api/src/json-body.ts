import { AppError } from '@inference/domain';
import type { Request, RequestHandler } from 'express';
import { acceptBody } from './accept-body.ts';
import { cutWhenIdle } from './cut-when-idle.ts';

/** Reads the body of a message, as JSON of at most so many bytes. What is beyond them is not even read. */
export function jsonBody(bytesMax: number): RequestHandler {
  return async (request, response, next) => {
    checkType(request);
    const tooLarge = new AppError('message_too_large', `The message is larger than ${bytesMax} bytes.`);
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge;
    acceptBody(request, response);
    cutWhenIdle(request);
    request.body = parse(await readBody(request, bytesMax, tooLarge));
    next();
  };
}

function checkType({ headers }: Request): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const isUtf8 = parameters.every((parameter) => !parameter.includes('charset') || /charset="?utf-8"?\s*$/.test(parameter));
  if (type.trim() !== 'application/json' || !isUtf8 || headers['content-encoding'] !== undefined) {
    throw new AppError('unsupported_media_type', 'Send the message as application/json, in UTF-8, not compressed.');
  }
}

function readBody(request: Request, bytesMax: number, tooLarge: AppError): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const pieces: Buffer[] = [];
  let bytes = 0;
  const take = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= bytesMax) {
      pieces.push(piece);
      return;
    }
    request.off('data', take).pause();
    reject(tooLarge);
  };
  request.on('data', take);
  request.once('end', () => resolve(Buffer.concat(pieces).toString()));
  request.once('close', () => reject(new AppError('upload_incomplete')));
  // It closes, too, and that says all.
  request.once('error', () => {});
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_request', 'The message is not JSON.', { cause: error });
  }
}

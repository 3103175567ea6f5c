import { storable } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { acceptUpload } from './accept-upload.ts';
import { brokenMultipart } from './broken-multipart.ts';
import type { Deps } from './deps.ts';
import { receiveUpload } from './receive-upload.ts';

/** A multipart body may have so many parts that are not the zip, ... */
const FIELDS_MAX = 5;
/** ... each of so many bytes, ... */
const FIELD_BYTES_MAX = 64 * 1024;
/** ... and so many headers in each part. */
const HEADER_PAIRS_MAX = 32;

declare global {
  // multer's own way to say what its storage adds to a file.
  namespace Express {
    namespace Multer {
      interface File {
        received?: ReceivedFile;
      }
    }
  }
}

export type ReceivedZip = { readonly upload: ReceivedFile; readonly name: string };

/**
 * Streams the part `zip_file` of a multipart body into the file store, hashing and counting.
 *
 * @returns the received file, which the caller keeps or discards; null when there is no such part
 * @throws AppError; nothing of the upload is left behind
 */
export async function receiveZip(deps: Deps, request: Request, response: Response): Promise<ReceivedZip | null> {
  if (!request.is('multipart/form-data')) return null;
  await acceptUpload(deps, request, response);
  const limits = { files: 1, fields: FIELDS_MAX, fieldSize: FIELD_BYTES_MAX, parts: FIELDS_MAX + 1, headerPairs: HEADER_PAIRS_MAX };
  const storage = new Storage(deps, response);
  const read = multer({ storage, limits }).single('zip_file');
  await new Promise<void>((resolve, reject) => {
    read(request, response, (error: unknown) => {
      if (error === undefined || error === null) return resolve();
      // When storing fails, the parser, whose stream that ends, complains of a broken body, and is heard first.
      void storage.failure().then((failure) => reject(translate(failure ?? error)));
    });
  });
  const file = request.file;
  return file?.received === undefined ? null : { upload: file.received, name: storable(file.originalname.slice(0, 255)) };
}

/** What multer gives one request's zip to. */
class Storage implements StorageEngine {
  readonly #deps: Deps;
  readonly #response: Response;
  #receiving: Promise<ReceivedFile> | null = null;

  constructor(deps: Deps, response: Response) {
    this.#deps = deps;
    this.#response = response;
  }

  _handleFile(_request: Request, file: Express.Multer.File, done: (error?: unknown, info?: Partial<Express.Multer.File>) => void): void {
    this.#receiving = receiveUpload(this.#deps, this.#response, file.stream);
    this.#receiving.then((received) => done(null, { received }), done);
  }

  /** Why the zip could not be stored, once that is known; null when it was, or there was none. */
  async failure(): Promise<unknown> {
    return await (this.#receiving?.then(
      () => null,
      (error: unknown) => error,
    ) ?? null);
  }

  _removeFile(_request: Request, file: Express.Multer.File, done: (error: Error | null) => void): void {
    (file.received?.discard() ?? Promise.resolve()).then(() => done(null), done);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof MulterError) {
    if (error.code === 'LIMIT_UNEXPECTED_FILE') return missingZip();
    return new AppError(
      'bad_request',
      `The multipart body has too much beside the zip: at most ${FIELDS_MAX} fields of ${FIELD_BYTES_MAX} bytes.`,
    );
  }
  return brokenMultipart(error) ?? error;
}

/** The answer to a request that lacks the zip, in FastAPI's words. */
export function missingZip(): AppError {
  return new AppError('invalid_request', undefined, {
    fields: [{ loc: ['body', 'zip_file'], msg: 'field required', type: 'value_error.missing' }],
  });
}

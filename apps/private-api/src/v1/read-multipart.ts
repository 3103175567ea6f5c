import type { Readable } from 'node:stream';
import { V1_LIMITS } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { brokenMultipart } from '../broken-multipart.ts';

/** Parts that are no files, ... */
const FIELDS_MAX = 5;
/** ... and headers in each part. */
const HEADER_PAIRS_MAX = 32;

/** A file of a multipart body; its name keeps its folders. */
export type FilePart = { readonly part: string; readonly name: string; readonly content: Readable };

/** Takes the files of a body, one after the other; resolves once the file is used up. */
export type TakeFile = (file: FilePart) => Promise<void>;

/**
 * Reads a multipart body that was accepted: its files go to `take`, its other parts are answered by name.
 *
 * @throws AppError; what `take` has begun by then is for the caller to undo
 */
export async function readMultipart(request: Request, response: Response, take: TakeFile): Promise<ReadonlyMap<string, string>> {
  const storage = new Taking(take);
  const read = multer({
    storage,
    preservePath: true,
    defParamCharset: 'utf8',
    limits: {
      files: V1_LIMITS.plainFilesMax,
      fields: FIELDS_MAX,
      fieldSize: V1_LIMITS.jsonBytesMax,
      fieldNestingDepth: 0,
      parts: V1_LIMITS.plainFilesMax + FIELDS_MAX,
      headerPairs: HEADER_PAIRS_MAX,
    },
  }).any();
  await new Promise<void>((resolve, reject) => {
    read(request, response, (error: unknown) => {
      if (error === undefined || error === null) return resolve();
      // When taking fails, the parser, whose stream that ends, complains of a broken body, and is heard first.
      void storage.settled().then(() => reject(translate(storage.failure ?? error)));
    });
  });
  return new Map(Object.entries(request.body as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}

class Taking implements StorageEngine {
  readonly #take: TakeFile;
  readonly #taken: Promise<unknown>[] = [];
  failure: unknown = null;

  constructor(take: TakeFile) {
    this.#take = take;
  }

  _handleFile(_request: Request, file: Express.Multer.File, done: (error?: unknown, info?: Partial<Express.Multer.File>) => void): void {
    const { fieldname: part, originalname: name, stream: content } = file;
    const taken = this.#take({ part, name, content });
    this.#taken.push(
      taken.then(
        () => done(null, {}),
        (error: unknown) => {
          this.failure ??= error;
          done(error);
        },
      ),
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.#taken);
  }

  /** What was taken is undone by who took it. */
  _removeFile(_request: Request, _file: Express.Multer.File, done: (error: Error | null) => void): void {
    done(null);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (!(error instanceof MulterError)) return brokenMultipart(error) ?? error;
  if (error.code === 'LIMIT_FIELD_VALUE') {
    return new AppError('message_too_large', `A part that is no file is larger than ${V1_LIMITS.jsonBytesMax} bytes.`);
  }
  const most = `at most ${V1_LIMITS.plainFilesMax} files and ${FIELDS_MAX} other parts`;
  return new AppError(
    'bad_request',
    `The multipart body has too much in it, or a part without a plain name: ${most}. Send more files as a zip.`,
  );
}

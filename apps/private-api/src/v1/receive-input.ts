import { Readable } from 'node:stream';
import { type TaskOptions, taskOptionsSchema } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import { zipFiles } from '@inference/zips';
import type { Request, Response } from 'express';
import { acceptUpload } from '../accept-upload.ts';
import { bodyOf } from '../body-of.ts';
import type { Deps } from '../deps.ts';
import { receiveUpload } from '../receive-upload.ts';
import { checkFields, wrongField } from './check-fields.ts';
import { parseJson } from './parse-json.ts';
import { PlainFiles } from './plain-files.ts';
import { type FilePart, readMultipart } from './read-multipart.ts';

export type ReceivedInput = { readonly upload: ReceivedFile; readonly options: TaskOptions };

const HOW = 'Send the zip as application/zip, or multipart/form-data with the zip as the part "input" or plain files as parts "files".';

/**
 * Receives the input of a task: the body itself, the part `input`, or plain files, which are zipped as they come.
 *
 * @returns the zip, which the caller keeps or discards, and what the part `options` wishes
 * @throws AppError; nothing of the upload is left behind
 */
export async function receiveInput(deps: Deps, request: Request, response: Response): Promise<ReceivedInput> {
  if (request.headers['content-encoding'] !== undefined)
    throw new AppError('unsupported_media_type', 'Send the body without Content-Encoding.');
  if (request.is(['application/zip', 'application/x-zip-compressed']) !== false && !request.is('multipart/*')) {
    await acceptUpload(deps, request, response);
    return { upload: await receiveUpload(deps, response, bodyOf(request)), options: {} };
  }
  if (!request.is('multipart/form-data')) throw new AppError('unsupported_media_type', HOW);
  await acceptUpload(deps, request, response);
  const parts = new InputParts(deps, response);
  try {
    const fields = await readMultipart(request, response, (file) => parts.take(file));
    const options = optionsOf(fields);
    return { upload: await parts.finish(), options };
  } catch (error) {
    await parts.discard(error);
    throw error;
  }
}

function optionsOf(fields: ReadonlyMap<string, string>): TaskOptions {
  const unknown = [...fields.keys()].find((name) => name !== 'options');
  if (unknown !== undefined) throw wrongField('body', unknown, 'is no part that is known: there are input, files and options');
  const text = fields.get('options');
  return text === undefined ? {} : checkFields(taskOptionsSchema, 'body', parseJson('options', text));
}

/** The files of one request: one zip, or any number of plain files. */
class InputParts {
  readonly #deps: Deps;
  readonly #response: Response;
  #receiving: Promise<ReceivedFile> | null = null;
  #plain: PlainFiles | null = null;

  constructor(deps: Deps, response: Response) {
    this.#deps = deps;
    this.#response = response;
  }

  async take(file: FilePart): Promise<void> {
    if (file.part === 'files') {
      if (this.#receiving !== null && this.#plain === null) throw wrongField('body', 'files', 'came together with input: send one of them');
      this.#plain ??= this.#startZipping();
      await this.#plain.add(file);
      return;
    }
    if (file.part !== 'input') throw wrongField('body', file.part, 'is no part that is known: there are input, files and options');
    if (this.#receiving !== null) throw wrongField('body', 'input', 'came more than once, or together with files');
    await this.#receive(file.content);
  }

  async finish(): Promise<ReceivedFile> {
    this.#plain?.end();
    if (this.#receiving === null) throw wrongField('body', 'input', 'is missing: send the zip, or plain files as parts "files"');
    return await this.#receiving;
  }

  async discard(error: unknown): Promise<void> {
    this.#plain?.fail(error);
    // Why it failed is known: that is the error.
    const received = await this.#receiving?.catch(() => null);
    await received?.discard();
  }

  #startZipping(): PlainFiles {
    const plain = new PlainFiles();
    this.#receive(Readable.from(zipFiles(plain.files()))).catch((error: unknown) => plain.fail(error));
    return plain;
  }

  #receive(content: Readable): Promise<ReceivedFile> {
    this.#receiving = receiveUpload(this.#deps, this.#response, content);
    return this.#receiving;
  }
}

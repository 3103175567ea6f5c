import type { Readable } from 'node:stream';
import { AppError } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Response } from 'express';
import { identityOf } from './allow.ts';
import type { Deps } from './deps.ts';
import { uploadOverKeyLimit } from './keys/upload-over-key-limit.ts';

/** Receives a file of an upload that was accepted, of at most as many bytes as the server and the caller's key allow; the refusal names whichever it was. */
export async function receiveUpload(deps: Deps, response: Response, content: Readable): Promise<ReceivedFile> {
  const { archiveBytesMax } = deps.settings.zipLimits;
  const { uploadBytesMax } = identityOf(response).limits;
  if (uploadBytesMax === null || uploadBytesMax >= archiveBytesMax) return await deps.files.receive(content, archiveBytesMax);
  try {
    return await deps.files.receive(content, uploadBytesMax);
  } catch (error) {
    if (error instanceof AppError && error.code === 'upload_too_large') throw uploadOverKeyLimit(uploadBytesMax);
    throw error;
  }
}

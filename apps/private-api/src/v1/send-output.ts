import { AppError } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import type { Request, Response } from 'express';
import type { Deps } from '../deps.ts';
import { sendFile } from '../send-file.ts';

/** When a task that has not ended is worth asking again, in seconds. */
export const RETRY_AFTER_SECONDS = '2';

/** Sends a stored zip of a task, with its digest (RFC 9530). */
export async function sendZip(deps: Deps, zip: StoredFile & { name: string }, request: Request, response: Response): Promise<void> {
  response.set('Repr-Digest', `sha-256=:${Buffer.from(zip.sha256, 'hex').toString('base64')}:`);
  await sendFile(deps, zip, request, response);
}

/** Says when to come back, where an error is that the task has not ended. */
export async function withRetryAfter<Found>(response: Response, find: Promise<Found>): Promise<Found> {
  try {
    return await find;
  } catch (error) {
    if (error instanceof AppError && error.code === 'output_not_ready') response.set('Retry-After', RETRY_AFTER_SECONDS);
    throw error;
  }
}

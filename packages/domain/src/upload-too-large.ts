import { AppError } from './errors.ts';

/** The refusal of a zip above the limit, in bytes: the same from whoever finds out first, by an announced length or by counting. */
export function uploadTooLarge(zipBytesMax: number): AppError {
  const sentence = `The upload is larger than ${zipBytesMax} bytes, the limit of this server: send less, or ask the admin to raise it.`;
  return new AppError('upload_too_large', sentence);
}

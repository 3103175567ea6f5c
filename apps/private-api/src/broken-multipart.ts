import { AppError } from '@inference/domain';

/** The error for a client whose multipart body broke off or is none; null where something else went wrong. */
export function brokenMultipart(error: unknown): AppError | null {
  // It comes from the parser of multipart bodies, or from a client that went away.
  const isBroken =
    error instanceof Error && /multipart|boundary|unexpected end|aborted|premature|malformed|request closed/i.test(error.message);
  return isBroken ? new AppError('upload_incomplete', 'The multipart body is broken or ended too early.', { cause: error }) : null;
}

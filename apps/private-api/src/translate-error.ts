import { databaseFault } from '@inference/database';
import { AppError } from '@inference/domain';

/** Turns what libraries and drivers throw into what a client may be told; null for what is a fault of ours. */
export function translateError(error: unknown): AppError | null {
  const fault = databaseFault(error);
  if (fault === 'away') return new AppError('unavailable', undefined, { cause: error });
  if (fault === 'full') return new AppError('storage_full', undefined, { cause: error });
  if (!(error instanceof Error)) return null;
  const { code, status } = error as NodeJS.ErrnoException & { status?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('storage_full', undefined, { cause: error });
  // Express says so of a path that cannot be decoded.
  return status === 400 ? new AppError('bad_request', undefined, { cause: error }) : null;
}

import { Prisma } from '@inference/database';
import { AppError } from '@inference/domain';

/** Prisma's codes for a database that cannot be reached, is starting, or has no session left. */
const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);

/** Turns what libraries and drivers throw into what a client may be told; null for what is a fault of ours. */
export function translateError(error: unknown): AppError | null {
  if (error instanceof Prisma.PrismaClientInitializationError) return new AppError('unavailable', undefined, { cause: error });
  if (error instanceof Prisma.PrismaClientKnownRequestError && UNAVAILABLE.has(error.code)) {
    return new AppError('unavailable', undefined, { cause: error });
  }
  if (!(error instanceof Error)) return null;
  const { code, status } = error as NodeJS.ErrnoException & { status?: unknown };
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('storage_full', undefined, { cause: error });
  // Express says so of a path that cannot be decoded.
  return status === 400 ? new AppError('bad_request', undefined, { cause: error }) : null;
}

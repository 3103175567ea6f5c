import { AppError } from '@inference/domain';

/**
 * A private API that says that it has a fault of its own is asked again for so long, in milliseconds: a database that changes over to another machine
 * is well by then. A fault that stays must not keep an attempt here for ever.
 */
export const API_FAULT_MS = 10 * 60_000;

/** Whether the private API has answered 500: it refuses nothing by that. */
export function isApiFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'internal';
}

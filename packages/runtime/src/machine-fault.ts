import type { RunEnd } from './model-runtime.ts';
import { runFailure } from './run-failure.ts';

/**
 * A failed call to this machine's operating system (a full disk, too many open files, a folder that is gone) as the end of a
 * run. Anything else is a bug and is thrown on.
 */
export function machineFault(error: unknown): RunEnd {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || syscall === undefined) throw error;
  return runFailure('infrastructure', `The machine of the consumer had a fault (${code} at ${syscall}).`);
}

import type { Failure, Outcome } from '@inference/domain';

/** What an attempt that met a full disk is reported as: it is not to blame, and another machine may have room. */
export const DISK_FULL: Outcome = {
  kind: 'hand_back',
  reason: 'The disk of the machine that ran the task was full; the task is tried again.',
};

/** What runtimes and the system say of a full disk. */
const SAID = /\bENOSPC\b|\bEDQUOT\b|no space left on device/i;

/** Whether a failed run of a model says that the disk of this machine is full. What a model prints is never part of such a reason. */
export function isDiskFull(failure: Failure): boolean {
  return failure.class === 'infrastructure' && SAID.test(failure.reason);
}

/** Whether an error says so. */
export function isDiskFullError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

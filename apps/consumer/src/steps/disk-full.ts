import type { Failure, Outcome } from '@inference/domain';

type HandBack = Extract<Outcome, { kind: 'hand_back' }>;

/** So many attempts at a task are made in a row without a pause, ... */
const TRIES_AT_ONCE = 3;
/** ... then the others of its owner come first for so long, in milliseconds: what no disk has room for would be in their way for ever. */
const PAUSE_MS = 10 * 60_000;

const DISK_FULL: HandBack = { kind: 'hand_back', reason: 'The disk of the machine that ran the task was full; the task is tried again.' };
const STILL_FULL: HandBack = { ...DISK_FULL, delayMs: PAUSE_MS };

/** What an attempt that met a full disk is reported as: it is not to blame, and another machine may have room. */
export function diskFull(attempt: number): Outcome {
  return attempt < TRIES_AT_ONCE ? DISK_FULL : STILL_FULL;
}

/** Whether an attempt has ended like that. */
export function isOfFullDisk(outcome: Outcome): boolean {
  return outcome === DISK_FULL || outcome === STILL_FULL;
}

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

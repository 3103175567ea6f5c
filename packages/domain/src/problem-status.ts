import { ERRORS, type ErrorCode } from './errors.ts';

/** What the statuses of the original server are among the standard ones, for errors that both APIs know. */
const STANDARD: Readonly<Record<number, number>> = { 551: 409, 552: 409, 553: 410, 554: 404 };

/** The status with which /api/v1 answers an error: always one that is registered with IANA. */
export function problemStatus(code: ErrorCode): number {
  const { status } = ERRORS[code];
  return STANDARD[status] ?? status;
}

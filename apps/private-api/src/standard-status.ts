import type { Request } from 'express';

/** What the legacy codes are among the standard ones. */
const STANDARD: Readonly<Record<number, number>> = { 551: 202, 552: 409, 553: 410, 554: 404 };

/** The status itself, or its standard counterpart where the request asked for that with `?status=standard`. */
export function standardStatus(status: number, request: Request): number {
  return request.query['status'] === 'standard' ? (STANDARD[status] ?? status) : status;
}

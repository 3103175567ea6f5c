import { InvalidArgumentError } from 'commander';
import { parseSeconds } from './parse-seconds.ts';

/** Reads a moment, as a date (2030-01-31, or with a time) or as a time from now (90d): in milliseconds since 1970, or from now. */
export type Moment = { readonly atMs: number } | { readonly inMs: number };

export function parseMoment(text: string): Moment {
  if (/^\d+(?:\.\d+)?[smhd]?$/.test(text)) return { inMs: parseSeconds(text) * 1000 };
  const atMs = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(atMs)) return { atMs };
  throw new InvalidArgumentError('Write a date such as 2030-01-31 or 2030-01-31T12:00:00Z, or a time from now such as 90d.');
}

/** The moment as the server reads it: ISO 8601. */
export function isoOf(moment: Moment, nowMs: number): string {
  return new Date('atMs' in moment ? moment.atMs : nowMs + moment.inMs).toISOString();
}

import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const SECONDS_MAX = 31_536_000;

/** Reads a time such as 90, 90s, 30m, 2h or 1d, in seconds. */
export function parseSeconds(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)([smhd]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (UNITS[unit === '' ? 's' : unit] ?? Number.NaN);
  if (seconds >= 0 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError('Write a time such as 90, 90s, 30m, 2h or 1d, at most 365d.');
}

import { V1_LIMITS } from '@inference/contracts';
import type { Request } from 'express';
import { wrongField } from './check-fields.ts';

const KEY = new RegExp(`^[\\x21-\\x7e]{1,${V1_LIMITS.clientKeyCharsMax}}$`);

/** The caller's own name for what it sends; null where it gave none. */
export function readIdempotencyKey({ headers }: Request): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw wrongField('header', 'idempotency-key', `may have 1 to ${V1_LIMITS.clientKeyCharsMax} visible characters of ASCII`);
}

/** For how many seconds the caller would rather wait (RFC 7240); null where it would not. More than the most is the most. */
export function readPreferredWait({ headers }: Request): number | null {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(String(headers['prefer'] ?? ''))?.[1];
  return wait === undefined ? null : Math.min(Number(wait), V1_LIMITS.waitSecondsMax);
}

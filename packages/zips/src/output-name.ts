import { isUtf8 } from 'node:buffer';

// Characters that are a danger to whoever unpacks or lists the zip: a separator on Windows, controls, and those that turn text around.
const DANGEROUS = /[\\\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * One part of a file's name, as it may stand in a zip. Bytes that are not UTF-8 and dangerous characters become %XX,
 * byte by byte; anything else stays as it is.
 */
export function outputName(raw: Buffer): string {
  const text = isUtf8(raw) ? raw.toString('utf8') : escapeInvalid(raw);
  return text.replace(DANGEROUS, (char) => escapeBytes(Buffer.from(char)));
}

function escapeInvalid(raw: Buffer): string {
  let text = '';
  for (let at = 0; at < raw.length; ) {
    const length = [1, 2, 3, 4].find((bytes) => at + bytes <= raw.length && isUtf8(raw.subarray(at, at + bytes)));
    const part = raw.subarray(at, at + (length ?? 1));
    text += length === undefined ? escapeBytes(part) : part.toString('utf8');
    at += part.length;
  }
  return text;
}

function escapeBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

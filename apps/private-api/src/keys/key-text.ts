import { hash } from 'node:crypto';
import type { NewId } from '@inference/domain';

/** `isk_`, 8 characters that name the key, and the secret. */
const KEY_PATTERN = /^isk_([A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}$/;
const PREFIX_CHARS = 8;

/** The prefix in a key, or null for what is not shaped like one. */
export function prefixOf(text: string): string | null {
  return KEY_PATTERN.exec(text)?.[1] ?? null;
}

/** Makes the text of a key: of one with this prefix, or of a new one. */
export function newKeyText(newId: NewId, prefix = newPrefix(newId)): { prefix: string; text: string; sha256: string } {
  const text = `isk_${prefix}_${newId()}`;
  return { prefix, text, sha256: digestOf(text).toString('hex') };
}

/** What of a key is kept. A secret of 256 random bits needs no slow hash. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function newPrefix(newId: NewId): string {
  for (;;) {
    // Of the 43 characters of an id, one or two are not letters or digits.
    const letters = newId().replace(/[^A-Za-z0-9]/g, '');
    if (letters.length >= PREFIX_CHARS) return letters.slice(0, PREFIX_CHARS);
  }
}

/** A secret has at least so many characters, ... */
const CHARS_MIN = 32;
/** ... and so many different ones; 32 random hexadecimal digits have fewer once in a hundred thousand. */
const DIFFERENT_MIN = 8;

/** What examples, manuals and lists of common passwords have in them. */
const WELL_KNOWN =
  /change.?me|change.?this|example|password|passw0rd|your.?(?:key|secret|token)|replace.?me|placeholder|dummy|qwerty|letmein|123456789|abcdefgh/i;

/** What is wrong with a secret, or null. Never repeats it. */
export function secretFault(secret: string): string | null {
  if (secret.length < CHARS_MIN) return `must have at least ${CHARS_MIN} characters: npm run setup makes one`;
  if (!/^[\x21-\x7e]+$/.test(secret)) return 'must be made of letters, digits and signs of ASCII, without spaces';
  if (WELL_KNOWN.test(secret)) return 'is or contains a well-known example: make one of your own, npm run setup does';
  if (new Set(secret).size < DIFFERENT_MIN) return `must have at least ${DIFFERENT_MIN} different characters: npm run setup makes one`;
  return null;
}

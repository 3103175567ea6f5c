import { plainText } from '../output/plain-text.ts';

const NAME_CHARS = 10;

/** A line of what happens: what it is, and how it stands. */
export function stageLine(name: string, text: string): string {
  return plainText(`  ${name.padEnd(NAME_CHARS)} ${text}`.trimEnd());
}

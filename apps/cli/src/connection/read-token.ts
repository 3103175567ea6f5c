import type { Readable } from 'node:stream';
import { UsageError } from '../usage-error.ts';

const BYTES_MAX = 4_096;

/** Reads a key from stdin, where no list of processes and no history shows it. */
export async function readToken(stdin: Readable): Promise<string> {
  let text = '';
  for await (const piece of stdin) {
    text += String(piece);
    if (text.length > BYTES_MAX)
      throw new UsageError(`What came on stdin for --token-stdin is longer than ${BYTES_MAX} characters: this is no key.`);
  }
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError('What came on stdin for --token-stdin is no key: send it alone, such as: infer --token-stdin models list < key.txt');
}

import { createHash } from 'node:crypto';
import { TransportError } from './errors.ts';
import type { Http } from './http.ts';
import { unlessStalled } from './unless-stalled.ts';

/**
 * The bytes of a stored zip from `from` on. Where the connection breaks, it asks for the rest (If-Range: what has changed since is
 * refused). Who asks for all of it has the bytes compared with their digest at the end. Throws TransportError.
 */
export async function* readZip(
  http: Http,
  path: string,
  { from = 0, sha256, signal }: { from?: number; sha256?: string | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const hash = from === 0 ? createHash('sha256') : null;
  let etag = sha256 === undefined ? null : `"${sha256}"`;
  let at = from;
  for (let failures = 0; ; ) {
    try {
      const headers = { accept: 'application/zip', ...(at === 0 || etag === null ? {} : { range: `bytes=${at}-`, 'if-range': etag }) };
      const response = await http.ask({ method: 'GET', path, headers, isRepeatable: false, limitMs: null, signal });
      if (at > 0 && response.status !== 206) throw new Changed();
      etag ??= response.headers.get('etag');
      for await (const piece of response.body === null ? [] : unlessStalled(response.body)) {
        failures = 0;
        at += piece.length;
        hash?.update(piece);
        yield piece;
      }
      break;
    } catch (error) {
      if (error instanceof Changed) throw new TransportError('The zip on the server is another one now: download it from the start.');
      await http.beforeNextTry(++failures, error, signal);
    }
  }
  if (hash === null || etag === null || `"${hash.digest('hex')}"` === etag) return;
  throw new TransportError('What came is not what the server has: its digest is another one. Download it again.');
}

class Changed extends Error {}

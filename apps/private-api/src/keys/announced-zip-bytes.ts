import type { IncomingHttpHeaders } from 'node:http';

/** What may be around the files of a multipart body, in bytes. */
const PARTS_BYTES_MAX = 1024 * 1024;

/**
 * How many bytes an upload has at least, from the announced length of its body: of a multipart body, the rest is found out by counting.
 * Bodies that come in chunks announce nothing, and are refused above the same limit.
 */
export function announcedZipBytes(headers: IncomingHttpHeaders): number {
  const bodyBytes = Number(headers['content-length'] ?? 0);
  return /^multipart\//i.test(headers['content-type'] ?? '') ? bodyBytes - PARTS_BYTES_MAX : bodyBytes;
}

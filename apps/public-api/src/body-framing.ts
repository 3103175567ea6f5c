import type { IncomingMessage } from 'node:http';

/** Whether the request announces a body, from its headers: chunked, or with a length above 0. */
export function announcesBody(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] !== undefined || announcedBytes(req) > 0;
}

/** The announced length in bytes, 0 where there is none. The parser has let only digits through. */
export function announcedBytes(req: IncomingMessage): number {
  return Number(req.headers['content-length'] ?? 0);
}

import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Ends an answer that was given before the upload was over: its bytes are out, its connection stays until the client has sent the rest,
 * which is thrown away, or until `lingerMs` have passed. Closed at once, with unread bytes in it, the connection would be reset, and a
 * client that sends everything before it reads would find a broken pipe in place of the answer.
 */
export function endAfterUpload(req: IncomingMessage, res: ServerResponse, lingerMs: number): void {
  const timer = setTimeout(() => res.end(), lingerMs);
  res.once('close', () => clearTimeout(timer));
  req.unpipe();
  if (req.readableEnded) res.end();
  else req.once('end', () => res.end()).resume();
}

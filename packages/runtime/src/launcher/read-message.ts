import type { IncomingMessage } from 'node:http';
import { MESSAGE_BYTES_MAX } from './launcher-protocol.ts';

/** Why a message cannot be read: its sender went away, it is too long, or it is no JSON. */
type MessageFault = 'broken off' | 'too long' | 'no JSON';

/** The JSON of a request's body. */
export async function readMessage(request: IncomingMessage): Promise<{ json: unknown } | { fault: MessageFault }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    // It is not destroyed by an early end: who sends too much still gets an answer.
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      bytes += (piece as Buffer).length;
      if (bytes > MESSAGE_BYTES_MAX) return { fault: 'too long' };
      pieces.push(piece as Buffer);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return { fault: 'broken off' };
  }
  try {
    return { json: JSON.parse(Buffer.concat(pieces).toString()) };
  } catch {
    return { fault: 'no JSON' };
  }
}

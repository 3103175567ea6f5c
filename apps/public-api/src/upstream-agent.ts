import { Agent } from 'node:http';
import { Socket } from 'node:net';
import type { RelayLimits } from './relay-limits.ts';

type Written = (error?: Error | null) => void;

/** The connections to the private API: kept for later requests, at most so many as the limits say. */
export function createUpstreamAgent(limits: RelayLimits): Agent {
  return new UpstreamAgent({ keepAlive: true, maxSockets: limits.upstreamSocketsMax, maxFreeSockets: limits.upstreamFreeSocketsMax });
}

class UpstreamAgent extends Agent {
  override createConnection(...args: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
    const socket = super.createConnection(...args);
    if (socket instanceof Socket) outliveFailedWrites(socket);
    return socket;
  }
}

/**
 * An upstream that refuses an upload early may close the connection while we still write. Node would then destroy the socket, with the
 * answer unread in it. So the writer is left waiting, and the connection ends when everything was read.
 */
function outliveFailedWrites(socket: Socket): void {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const outlive = (done: Written): Written => {
    return (error) => {
      if (error == null || !isClosedByPeer(error) || socket.readableEnded) done(error);
    };
  };
  socket._write = (chunk, encoding, done) => write(chunk, encoding, outlive(done));
  if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, outlive(done));
}

function isClosedByPeer(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ECONNRESET';
}

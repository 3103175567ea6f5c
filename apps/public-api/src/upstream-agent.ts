import { Agent, type ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RelayLimits } from './relay-limits.ts';

type Written = (error?: Error | null) => void;

/** The connections to the private API: kept for later requests, at most so many as the limits say. */
export function createUpstreamAgent(limits: RelayLimits): UpstreamAgent {
  return new UpstreamAgent({ keepAlive: true, maxSockets: limits.upstreamSocketsMax, maxFreeSockets: limits.upstreamFreeSocketsMax });
}

/**
 * A kept connection that was idle for so long, in milliseconds, is closed by us. The private API keeps its side open longer
 * (`PRIVATE_KEEP_ALIVE_MS`): were it the first to close, a request could meet the closing connection and fail.
 */
export const UPSTREAM_IDLE_MS = 30_000;

export class UpstreamAgent extends Agent {
  /** Closes the kept connections that are not in use: what has killed one has probably killed them all. */
  closeKept(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const keeps = super.keepSocketAlive(socket) as unknown as boolean;
    if (socket instanceof Socket) socket.setTimeout(UPSTREAM_IDLE_MS);
    return keeps;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    if (socket instanceof Socket) socket.setTimeout(0);
    super.reuseSocket(socket, request);
  }

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

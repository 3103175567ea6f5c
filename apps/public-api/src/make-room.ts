import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OpenAnswers } from '@inference/service';

/** So many connections the system hands over at once, before those that were closed for them are gone: what Node lets wait. */
const HANDED_OVER_MAX = 511;

/**
 * Keeps a server to so many connections. For one more, the connection goes that has waited longest with no request in it: else whoever
 * opens many connections and says nothing would shut everybody else out. Only where all have requests, the new one is closed at once.
 */
export function makeRoom(server: Server, connectionsMax: number, openAnswers: OpenAnswers): void {
  const open = new Set<Socket>();
  // In the order in which they began to wait.
  const waiting = new Set<Socket>();
  const leave = (socket: Socket) => {
    open.delete(socket);
    waiting.delete(socket);
  };
  server.maxConnections = connectionsMax + HANDED_OVER_MAX;
  server.on('connection', (socket: Socket) => {
    const [longest = socket] = waiting;
    open.add(socket);
    waiting.add(socket);
    socket.once('close', () => leave(socket));
    if (open.size <= connectionsMax) return;
    leave(longest);
    longest.destroy();
  });
  const serve = ({ socket }: IncomingMessage, response: ServerResponse) => {
    waiting.delete(socket);
    response.once('close', () => {
      if (open.has(socket) && openAnswers(socket).size === 0) waiting.add(socket);
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, serve);
}

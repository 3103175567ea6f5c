import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartRefused } from './start-refused.ts';

/** Ports tried after the default one. */
const NEXT_PORTS = 20;

/**
 * The port a server listens on, or null when it is taken (all those tried are).
 *
 * @throws StartRefused where nobody could listen
 */
export async function listen(server: Server, place: { host: string; port: number; portGiven: boolean }): Promise<number | null> {
  const last = place.portGiven || place.port === 0 ? place.port : Math.min(place.port + NEXT_PORTS, 65_535);
  for (let port = place.port; port <= last; port++) {
    const code = await tryListen(server, place.host, port);
    if (code === null) return (server.address() as AddressInfo).port;
    if (code !== 'EADDRINUSE')
      throw new StartRefused(
        `Cannot listen on ${place.host}, port ${port} (${code}): name an address of this machine, and a port that this user may use.`,
      );
  }
  return null;
}

function tryListen(server: Server, host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve(null);
    });
  });
}

import type { Server } from 'node:http';
import { listen } from './listen.ts';
import { StartRefused } from './start-refused.ts';

/**
 * Makes a server listen, and answers the port: another one than asked for only where 0 was.
 *
 * @throws StartRefused when the port is taken, or cannot be used
 */
export async function openPort(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  const opened = await listen(server, { host, port, portGiven: true });
  if (opened === null) throw new StartRefused(`Port ${port} of ${host} is taken: stop what uses it, or set PORT to another one.`);
  return opened;
}

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type TcpProxy = {
  readonly url: string;
  /** From now on nothing gets through on the connections that there are: they stay open, as after a cable was pulled. */
  holdOpenConnections(): void;
  /** Connections made so far. */
  count(): number;
};

/** A connection to a port of loopback that a test can break in ways that a server cannot. */
export async function tcpProxy(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((near) => {
    count += 1;
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    holdOpenConnections: () => {
      for (const socket of sockets) {
        socket.removeAllListeners('data');
        socket.removeAllListeners('end');
        socket.pause();
      }
    },
  };
}

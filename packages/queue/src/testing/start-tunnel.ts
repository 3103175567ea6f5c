import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a RabbitMQ for the running test. To both ends, a cut looks as if the other had died. */
export type Tunnel = {
  readonly url: string;
  /** Cuts every connection; new ones can be made. */
  cut(): void;
  /** Cuts every connection, and lets none be made any more. */
  close(): void;
};

export async function startTunnel(url: string): Promise<Tunnel> {
  const address = new URL(url);
  const target = { host: address.hostname, port: Number(address.port) };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => [near, far].map((either) => either.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const close = () => {
    server.close();
    cut();
  };
  onTestFinished(close);
  address.port = String((server.address() as AddressInfo).port);
  return { url: address.href, cut, close };
}

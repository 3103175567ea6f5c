import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A server that passes everything on, and shows what passes. Disposing of it cuts its connections. */
export type WireTap = AsyncDisposable & { readonly url: string };

export type Watcher = {
  /** Bytes that whoever connected sends. */
  onSent?(bytes: Buffer): void;
  /** Bytes that come back. */
  onAnswered?(bytes: Buffer): void;
};

/** Puts a tap in front of an address; the answered one is the same but for host and port. */
export async function tapWire(url: string, watcher: Watcher): Promise<WireTap> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    pass(near, far, (bytes) => watcher.onSent?.(bytes));
    pass(far, near, (bytes) => watcher.onAnswered?.(bytes));
    for (const socket of [near, far]) sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: url.replace(target.host, `127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(from: Socket, to: Socket, show: (bytes: Buffer) => void): void {
  from.on('data', (bytes: Buffer) => {
    to.write(bytes);
    show(bytes);
  });
  from.on('end', () => to.end());
  // Whoever is at the end hears of it, as without a tap.
  from.on('error', () => to.destroy());
}
